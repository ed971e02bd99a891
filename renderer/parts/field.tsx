import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";

/** What an input needs so that its label, hint and fault are read with it. */
export interface FieldInput {
  readonly id: string;
  readonly "aria-describedby": string;
  readonly "aria-invalid": boolean;
}

/** What a field is made of. */
export interface FieldProps {
  readonly label: string;
  readonly hint?: string;
  /** What is wrong; undefined: nothing. */
  readonly fault?: string | undefined;
  readonly children: (input: FieldInput) => ComponentChildren;
}

/** A labelled input with its hint, and with what is wrong beside it. */
export function Field({ label, hint, fault, children }: FieldProps) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {hint !== undefined && (
        <p class="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
      {children({
        id,
        "aria-describedby": `${id}-hint ${id}-fault`,
        "aria-invalid": fault !== undefined,
      })}
      <p class="field-fault" id={`${id}-fault`} role="alert">
        {fault}
      </p>
    </div>
  );
}
