import { useSignal } from "@preact/signals";
import { typedTargets, type TargetCheck } from "../model/request-form.ts";
import { useApp } from "../state/app.ts";
import { strings } from "../strings.ts";
import { faultSentences } from "../model/fault-sentences.ts";
import { Button } from "./button.tsx";
import { Field } from "./field.tsx";
import { Icon } from "./icon.tsx";
import { STEP_PATHS } from "./icon-paths.ts";
import type { StepState } from "../model/steps.ts";

const words = strings.help.targets;

/** Addresses that have no name yet: typed, and each checked while the user types. */
export function TypedTargets({ fault }: { readonly fault: string | undefined }) {
  const { desk, view } = useApp();
  const typed = typedTargets(desk.form.typed);
  const practice = view.providers?.find(({ name }) => name === desk.provider);
  const prefixes = practice?.prefixes ?? [];
  return (
    <div>
      <Field label={words.typed} hint={words.typedHint} fault={fault}>
        {(input) => (
          <textarea
            {...input}
            class="exact"
            rows={2}
            spellcheck={false}
            autocomplete="off"
            value={desk.form.typed}
            onInput={({ currentTarget }) => desk.edit({ typed: currentTarget.value })}
          />
        )}
      </Field>
      {prefixes.length > 0 && <p class="hint">{words.practiceHint(prefixes.join(", "))}</p>}
      <ul class="checks" aria-label={words.checks} aria-live="polite">
        {typed.map((target) => (
          <CheckedTarget key={target} target={target} check={desk.checks.get(target)} />
        ))}
      </ul>
    </div>
  );
}

const SHAPES: Readonly<Record<TargetCheck["tag"], StepState>> = {
  checking: "waiting",
  good: "done",
  bad: "failed",
  unchecked: "ahead",
};

function CheckedTarget({
  target,
  check = { tag: "checking" },
}: {
  readonly target: string;
  readonly check: TargetCheck | undefined;
}) {
  const naming = useSignal(false);
  return (
    <li class={check.tag}>
      <Icon paths={STEP_PATHS[SHAPES[check.tag]]} />
      <div>
        <code>{target}</code>
        <span class="check-words">{checkWords(check)}</span>
      </div>
      {check.tag === "good" && !naming.value && (
        <Button onClick={() => (naming.value = true)}>{words.name}</Button>
      )}
      {check.tag === "good" && naming.value && <NameTarget target={target} />}
    </li>
  );
}

function checkWords(check: TargetCheck): string {
  switch (check.tag) {
    case "checking":
      return words.checking;
    case "good":
      return words.good;
    case "bad":
    case "unchecked":
      return check.words;
  }
}

/** A name for next time. It is no form: it stands within the request's. */
function NameTarget({ target }: { readonly target: string }) {
  const { desk } = useApp();
  const name = useSignal("");
  const save = (): void => {
    if (name.value.trim() !== "") void desk.giveName(target, name.value.trim());
  };
  const onEnter = (event: KeyboardEvent): void => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    save();
  };
  const { fault, busy } = desk.naming;
  const faultWords = fault === undefined ? undefined : faultSentences(fault).join(" ");
  return (
    <div class="naming">
      <Field label={words.nameOf(target)} fault={faultWords}>
        {(input) => (
          <input
            {...input}
            maxLength={80}
            autocomplete="off"
            value={name.value}
            onInput={({ currentTarget }) => (name.value = currentTarget.value)}
            onKeyDown={onEnter}
          />
        )}
      </Field>
      <Button busy={busy} onClick={save}>
        {words.saveName}
      </Button>
    </div>
  );
}
