import { useSignal } from "@preact/signals";
import type { Provider, Target } from "../../agent/control/contract.ts";
import { formFault, LIFETIMES } from "../model/request-form.ts";
import { useApp } from "../state/app.ts";
import { strings } from "../strings.ts";
import { PracticeBadge } from "./badge.tsx";
import { Button } from "./button.tsx";
import { DeskNote } from "./confirm-request.tsx";
import { FaultNote } from "./fault-note.tsx";
import { LiveRequests } from "./live-requests.tsx";
import { TypedTargets } from "./typed-targets.tsx";

const words = strings.help;

/** What is under attack, whom to ask, and for how long. */
export function RequestFormView() {
  const { desk, view } = useApp();
  const tried = useSignal(false);
  const providers = view.providers ?? [];
  const { form, checks, previewing } = desk;
  const fault = formFault(form, checks);
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    tried.value = true;
    if (fault === undefined) void desk.look();
    else if (event.currentTarget instanceof HTMLFormElement) {
      event.currentTarget.querySelector("textarea")?.focus();
    }
  };
  return (
    <>
      <LiveRequests />
      <form class="request-form" onSubmit={submit} noValidate>
        <section class="card spaced">
          <NamedTargets targets={view.targets ?? []} />
          <TypedTargets fault={tried.value ? fault : undefined} />
        </section>
        {providers.length > 1 && <ProviderChoice providers={providers} />}
        <LifetimeChoice />
        <DeskNote />
        <FaultNote fault={previewing.fault} />
        <div class="actions">
          <Button kind="primary" submits busy={previewing.busy}>
            {words.next}
          </Button>
        </div>
      </form>
    </>
  );
}

function NamedTargets({ targets }: { readonly targets: readonly Target[] }) {
  const { desk } = useApp();
  const { named: chosen } = desk.form;
  const toggle = (name: string): void =>
    desk.edit({
      named: chosen.includes(name) ? chosen.filter((one) => one !== name) : [...chosen, name],
    });
  return (
    <fieldset>
      <legend>{words.targets.title}</legend>
      <div class="choices">
        {targets.map(({ id, name, target }) => (
          <label key={id} class="choice">
            <input type="checkbox" checked={chosen.includes(name)} onChange={() => toggle(name)} />
            <span>
              <b>{name}</b>
              <code>{target}</code>
            </span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}

function ProviderChoice({ providers }: { readonly providers: readonly Provider[] }) {
  const { desk } = useApp();
  return (
    <section class="card">
      <fieldset>
        <legend>{words.provider.title}</legend>
        <div class="choices">
          {providers.map(({ id, name, kind }) => (
            <label key={id} class="choice">
              <input
                type="radio"
                name="provider"
                checked={desk.provider === name}
                onChange={() => desk.edit({ provider: name })}
              />
              <span>
                <b>{name}</b>
                {kind === "practice" && <PracticeBadge />}
              </span>
            </label>
          ))}
        </div>
      </fieldset>
    </section>
  );
}

function LifetimeChoice() {
  const { desk } = useApp();
  const { choices, title, hint }: LifetimeWords = words.lifetime;
  return (
    <section class="card">
      <fieldset>
        <legend>{title}</legend>
        <div class="segments">
          {LIFETIMES.map((seconds) => (
            <label key={seconds}>
              <input
                type="radio"
                name="lifetime"
                checked={desk.form.lifetimeS === seconds}
                onChange={() => desk.edit({ lifetimeS: seconds })}
              />
              <span>{choices[seconds]}</span>
            </label>
          ))}
        </div>
        <p class="hint">{hint}</p>
      </fieldset>
    </section>
  );
}

interface LifetimeWords {
  readonly title: string;
  readonly hint: string;
  readonly choices: Readonly<Record<number, string>>;
}
