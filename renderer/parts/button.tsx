import type { ComponentChildren } from "preact";
import { strings } from "../strings.ts";

/** How a button looks: the one that stands out, one beside it, one that takes something away. */
export type ButtonKind = "primary" | "quiet" | "danger";

/** What a button is made of. */
export interface ButtonProps {
  readonly kind?: ButtonKind;
  readonly submits?: boolean;
  /** It works; another click does nothing. It keeps the focus, which a disabled button would lose. */
  readonly busy?: boolean;
  /** What it is about, for those who cannot see what it stands beside. */
  readonly about?: string | undefined;
  /** Whether what it switches is on. */
  readonly pressed?: boolean;
  readonly onClick?: () => void;
  readonly children: ComponentChildren;
}

/**
 * A button that does something here. What leads to another page is a `LinkButton`. The second half of a double click
 * does nothing: it may land on what has taken the first button's place, and was not meant for it.
 */
export function Button(props: ButtonProps) {
  const { kind = "quiet", submits, busy, about, pressed, onClick, children } = props;
  const click = (event: MouseEvent): void => {
    if (busy === true || event.detail > 1) event.preventDefault();
    else onClick?.();
  };
  return (
    <button
      type={submits === true ? "submit" : "button"}
      class={`button ${kind}`}
      aria-disabled={busy === true}
      aria-pressed={pressed}
      onClick={click}
    >
      {children}
      {about !== undefined && <span class="visually-hidden"> {about}</span>}
      {busy === true && <span class="visually-hidden">{strings.common.working}</span>}
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
