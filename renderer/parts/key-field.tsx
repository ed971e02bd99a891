import { useSignal } from "@preact/signals";
import { strings } from "../strings.ts";
import { Button } from "./button.tsx";
import { Field } from "./field.tsx";

const words = strings.providers.form;

/** The key: the page never holds it anywhere but in this input. */
export function KeyField({ fault }: { readonly fault: string | undefined }) {
  const shown = useSignal(false);
  return (
    <Field label={words.key} hint={words.keyHint} fault={fault}>
      {(input) => {
        const same = { ...input, name: "key", class: "exact", autocomplete: "off" };
        return (
          <div class="with-button">
            {shown.value ? (
              <input {...same} type="text" spellcheck={false} />
            ) : (
              <input {...same} type="password" />
            )}
            <Button pressed={shown.value} onClick={() => (shown.value = !shown.value)}>
              {shown.value ? words.hideKey : words.showKey}
            </Button>
          </div>
        );
      }}
    </Field>
  );
}
