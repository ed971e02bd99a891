import type { Signal } from "@preact/signals";
import { useId } from "preact/hooks";
import type { CredentialKind, ProviderFaults } from "../model/provider-form.ts";
import { strings } from "../strings.ts";
import { Field } from "./field.tsx";
import { KeyField } from "./key-field.tsx";

const words = strings.providers.form;

const KINDS: readonly CredentialKind[] = ["psk", "certificate"];

const PLAIN = { autocomplete: "off", spellcheck: false } as const;

/** What a provider is made of: where it is, and what the user is known by there. */
export function ProviderInputs({
  kind,
  legacy,
  faults,
}: {
  readonly kind: Signal<CredentialKind>;
  readonly legacy: Signal<boolean>;
  readonly faults: ProviderFaults;
}) {
  return (
    <>
      <div class="fields">
        <Field label={words.name} hint={words.nameHint} fault={faults.name}>
          {(input) => <input {...input} {...PLAIN} name="name" />}
        </Field>
        <Field label={words.server} hint={words.serverHint} fault={faults.server}>
          {(input) => <input {...input} {...PLAIN} name="server" class="exact" inputMode="url" />}
        </Field>
      </div>
      <KindChoice kind={kind} />
      {kind.value === "psk" ? (
        <PskInputs faults={faults} />
      ) : (
        <>
          <CertificateInputs faults={faults} />
          <LegacyChoice legacy={legacy} />
        </>
      )}
    </>
  );
}

function KindChoice({ kind }: { readonly kind: Signal<CredentialKind> }) {
  return (
    <fieldset>
      <legend>{words.kind}</legend>
      <div class="segments two">
        {KINDS.map((one) => (
          <label key={one}>
            <input
              type="radio"
              name="kind"
              checked={kind.value === one}
              onChange={() => (kind.value = one)}
            />
            <span>{words.kinds[one]}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}

function PskInputs({ faults }: { readonly faults: ProviderFaults }) {
  return (
    <div class="fields" key="psk">
      <Field label={words.identity} hint={words.identityHint} fault={faults.pskIdentity}>
        {(input) => <input {...input} {...PLAIN} name="pskIdentity" class="exact" />}
      </Field>
      <KeyField fault={faults.key} />
    </div>
  );
}

/** Files: a private key is never on the page. */
function CertificateInputs({ faults }: { readonly faults: ProviderFaults }) {
  const file = { type: "file", accept: ".pem,.crt,.cer,.key,.txt" } as const;
  return (
    <div class="fields" key="certificate">
      <Field label={words.certificate} hint={words.certificateHint} fault={faults.certificate}>
        {(input) => <input {...input} {...file} name="certificate" />}
      </Field>
      <Field label={words.privateKey} hint={words.privateKeyHint} fault={faults.key}>
        {(input) => <input {...input} {...file} name="key" />}
      </Field>
      <Field label={words.ca} hint={words.caHint} fault={faults.ca}>
        {(input) => <input {...input} {...file} name="ca" />}
      </Field>
      <Field label={words.serverName} hint={words.serverNameHint} fault={faults.serverName}>
        {(input) => <input {...input} {...PLAIN} name="serverName" class="exact" />}
      </Field>
    </div>
  );
}

function LegacyChoice({ legacy }: { readonly legacy: Signal<boolean> }) {
  const hintId = useId();
  return (
    <label class="choice">
      <input
        type="checkbox"
        checked={legacy.value}
        aria-label={words.legacy}
        aria-describedby={hintId}
        onChange={() => (legacy.value = !legacy.value)}
      />
      <span>
        <span>{words.legacy}</span>
        <span class="hint" id={hintId}>
          {words.legacyHint}
        </span>
      </span>
    </label>
  );
}
