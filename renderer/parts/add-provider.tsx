import type { RefObject } from "preact";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { useSignal } from "@preact/signals";
import type { ProviderDraft } from "../../agent/control/contract.ts";
import type { CallFault } from "../api/call-fault.ts";
import { faultSentences } from "../model/fault-sentences.ts";
import {
  fieldOfReason,
  fieldsOf,
  providerDraft,
  providerFaults,
  type CredentialKind,
  type ProviderFaults,
} from "../model/provider-form.ts";
import { hashOf } from "../model/route.ts";
import { useApp } from "../state/app.ts";
import { fromHere } from "../state/from-here.ts";
import { Task } from "../state/task.ts";
import { strings } from "../strings.ts";
import { Button, LinkButton } from "./button.tsx";
import { FaultNote } from "./fault-note.tsx";
import { formTexts } from "./form-text.ts";
import { ProviderInputs } from "./provider-inputs.tsx";
import { ProviderTestView, useProviderTest } from "./provider-test.tsx";

const words = strings.providers.form;

/** Adds a provider by hand. What is typed stays in the inputs, and goes with them: the key above all. */
export function AddProvider() {
  const { api, view } = useApp();
  const form = useRef<HTMLFormElement>(null);
  const { kind, legacy, faults, withDraft } = useDraft(form);
  const adding = useMemo(() => new Task(), []);
  const test = useProviderTest();
  const title = useRef<HTMLHeadingElement>(null);
  useEffect(() => title.current?.focus(), []);
  const add = (draft: ProviderDraft): void => {
    const goOn = fromHere(location);
    void adding.run(async () => {
      view.addProvider(await api.call("provider.add", draft));
      form.current?.reset();
      goOn(hashOf("providers"));
    });
  };
  const edited = (): void => {
    adding.forgive();
    test.task.forgive();
    faults.value = {};
  };
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    withDraft(add);
  };
  const fault = adding.fault ?? test.task.fault;
  return (
    <section class="card spaced" aria-labelledby="add-title">
      <div>
        <h2 class="title" id="add-title" ref={title} tabIndex={-1}>
          {words.title}
        </h2>
        <p class="soft">{words.lead}</p>
      </div>
      <form ref={form} onSubmit={submit} onInput={edited} noValidate>
        <ProviderInputs
          kind={kind}
          legacy={legacy}
          faults={{ ...faults.value, ...besideField(fault) }}
        />
        <FaultNote fault={isBesideField(adding.fault) ? undefined : adding.fault} />
        {!isBesideField(test.task.fault) && <ProviderTestView test={test} />}
        <div class="actions">
          <Button kind="primary" submits busy={adding.busy}>
            {words.submit}
          </Button>
          <Button busy={test.task.busy} onClick={() => withDraft((draft) => test.run({ draft }))}>
            {words.test}
          </Button>
          <LinkButton to={hashOf("providers")}>{strings.common.cancel}</LinkButton>
        </div>
      </form>
    </section>
  );
}

/** The draft that stands in a form, and what is wrong with it by what can be said here. */
function useDraft(form: RefObject<HTMLFormElement | null>) {
  const kind = useSignal<CredentialKind>("psk");
  const legacy = useSignal(false);
  const faults = useSignal<ProviderFaults>({});
  const read = async (use: (draft: ProviderDraft) => void): Promise<void> => {
    const texts = await formTexts(form.current, fieldsOf(kind.value));
    faults.value = providerFaults(kind.value, texts);
    if (Object.keys(faults.value).length === 0) use(providerDraft(kind.value, texts, legacy.value));
    else focusFirst(form.current, faults.value);
  };
  const withDraft = (use: (draft: ProviderDraft) => void): void => void read(use);
  return { kind, legacy, faults, withDraft };
}

function focusFirst(form: HTMLFormElement | null, faults: ProviderFaults): void {
  const [first] = Object.keys(faults);
  if (first !== undefined) form?.querySelector<HTMLInputElement>(`[name="${first}"]`)?.focus();
}

function isBesideField(fault: CallFault | undefined): boolean {
  return fault !== undefined && fieldOfReason(fault.reason) !== undefined;
}

function besideField(fault: CallFault | undefined): ProviderFaults {
  const field = fault === undefined ? undefined : fieldOfReason(fault.reason);
  return fault === undefined || field === undefined
    ? {}
    : { [field]: faultSentences(fault).join(" ") };
}
