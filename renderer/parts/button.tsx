import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import { useSignal } from "@preact/signals";
import { strings } from "../strings.ts";

/** How a button looks: the one that stands out, one beside it, one that takes something away. */
export type ButtonKind = "primary" | "quiet" | "danger";

/** What a button is made of. */
export interface ButtonProps {
  readonly kind?: ButtonKind;
  readonly submits?: boolean;
  /** It works; another click does nothing. It keeps the focus, which a disabled button would lose. */
  readonly busy?: boolean;
  /** Something else works meanwhile: a click does nothing, and it keeps its words. */
  readonly blocked?: boolean;
  /** What it is about, for those who cannot see what it stands beside. */
  readonly about?: string | undefined;
  /** Whether what it switches is on. */
  readonly pressed?: boolean;
  readonly onClick?: () => void;
  readonly children: ComponentChildren;
}

/** A wait that is longer than this is shown, in milliseconds. */
const NOTICED_MS = 1000;

/** Whether it has been busy for so long that those who look at it should be told. */
function useSlow(busy: boolean): boolean {
  const slow = useSignal(false);
  useEffect(() => {
    if (!busy) return undefined;
    const timer = setTimeout(() => (slow.value = true), NOTICED_MS);
    return () => {
      clearTimeout(timer);
      slow.value = false;
    };
  }, [busy]);
  return slow.value;
}

/**
 * A button that does something here. What leads to another page is a `LinkButton`. The second half of a double click
 * does nothing: it may land on what has taken the first button's place, and was not meant for it.
 */
export function Button(props: ButtonProps) {
  const { kind = "quiet", submits, busy, blocked, about, pressed, onClick, children } = props;
  const slow = useSlow(busy === true);
  const inert = busy === true || blocked === true;
  const click = (event: MouseEvent): void => {
    if (inert || event.detail > 1) event.preventDefault();
    else onClick?.();
  };
  return (
    <button
      type={submits === true ? "submit" : "button"}
      class={`button ${kind}`}
      aria-disabled={inert}
      aria-pressed={pressed}
      onClick={click}
    >
      {slow ? <span class="visually-hidden">{children}</span> : children}
      {about !== undefined && <span class="visually-hidden"> {about}</span>}
      {busy === true && <span class={slow ? "" : "visually-hidden"}>{strings.common.working}</span>}
    </button>
  );
}

/** A link to another page that looks like a button. */
export function LinkButton({
  kind = "quiet",
  to,
  children,
}: {
  readonly kind?: ButtonKind;
  readonly to: string;
  readonly children: ComponentChildren;
}) {
  return (
    <a class={`button ${kind}`} href={to}>
      {children}
    </a>
  );
}
