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
      giveBack(before); // the browser does so only while the dialog is there
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

/** What opened a dialog often goes with what was confirmed, at once or a little later: the page's title follows it. */
function giveBack(opener: Element | null): void {
  if (!(opener instanceof HTMLElement) || opener === document.body) return;
  opener.focus();
  const goOn = (): void => {
    const focused = document.activeElement;
    if (opener.isConnected && focused === opener) return;
    watch.disconnect();
    const nowhere = focused === null || focused === document.body;
    if (!opener.isConnected && nowhere) document.getElementById("page-title")?.focus();
  };
  const watch = new MutationObserver(goOn);
  watch.observe(document.body, { childList: true, subtree: true });
  goOn();
}
