import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";

/** What a dialog is made of. */
export interface DialogProps {
  readonly title: string;
  /** Called when the user leaves it, by Esc as well. */
  readonly onClose: () => void;
  readonly children: ComponentChildren;
}

/** A question in front of the page. While it is there nothing behind it can be reached; then the focus returns. */
export function Dialog({ title, onClose, children }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  useEffect(() => {
    const element = dialog.current;
    const before = document.activeElement;
    element?.showModal();
    return () => {
      element?.close();
      if (before instanceof HTMLElement) before.focus(); // the browser does so only while the dialog is there
    };
  }, []);
  const cancel = (event: Event): void => {
    event.preventDefault(); // it goes when its owner no longer shows it
    onClose();
  };
  return (
    <dialog ref={dialog} class="dialog" aria-labelledby={titleId} onCancel={cancel}>
      <h2 id={titleId}>{title}</h2>
      {children}
    </dialog>
  );
}
