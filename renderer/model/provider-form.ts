import type {
  CertificateProviderDraft,
  ProviderDraft,
  PskProviderDraft,
  Reason,
} from "../../agent/control/contract.ts";
import type { LinkReason } from "../strings/faults.ts";
import { providers } from "../strings/providers.ts";

/** How the user is known to a provider. */
export type CredentialKind = "psk" | "certificate";

/** A field of the form. */
export type ProviderField = Exclude<
  keyof PskProviderDraft | keyof CertificateProviderDraft,
  "type" | "legacy"
>;

/** What is wrong, by field. */
export type ProviderFaults = Readonly<Partial<Record<ProviderField, string>>>;

interface FieldForm {
  readonly field: ProviderField;
  /** What the contract takes. */
  readonly longest: number;
  readonly optional?: true;
}

const PLACE: readonly FieldForm[] = [
  { field: "name", longest: 80 },
  { field: "server", longest: 300 },
];

/** The fields of each kind, in their order on the page. */
const FORMS: Readonly<Record<CredentialKind, readonly FieldForm[]>> = {
  psk: [...PLACE, { field: "pskIdentity", longest: 128 }, { field: "key", longest: 4096 }],
  certificate: [
    ...PLACE,
    { field: "certificate", longest: 65_536 },
    { field: "key", longest: 16_384 },
    { field: "ca", longest: 65_536 },
    { field: "serverName", longest: 253, optional: true },
  ],
};

/** What is worth reading of a file: one character more than is taken says that it is too long. */
export const MOST_OF_FILE = 65_537;

/** What was typed and picked, by field; missing is empty. */
export type ProviderTexts = Readonly<Partial<Record<ProviderField, string>>>;

/** The names of the fields of a kind. */
export function fieldsOf(kind: CredentialKind): readonly ProviderField[] {
  return FORMS[kind].map(({ field }) => field);
}

/** What can be said without asking the agent; no member: it may be sent. Never quotes the key. */
export function providerFaults(kind: CredentialKind, texts: ProviderTexts): ProviderFaults {
  const faults: Partial<Record<ProviderField, string>> = {};
  for (const form of FORMS[kind]) {
    const fault = fieldFault(form, texts[form.field] ?? "");
    if (fault !== undefined) faults[form.field] = fault;
  }
  return faults;
}

function fieldFault({ longest, optional }: FieldForm, value: string): string | undefined {
  if (value.trim() === "") return optional === true ? undefined : providers.form.required;
  return value.length > longest ? providers.form.tooLong(longest) : undefined;
}

/** What is sent to the agent. `legacy`: certificates of an older kind are taken, too. */
export function providerDraft(
  kind: CredentialKind,
  texts: ProviderTexts,
  legacy: boolean,
): ProviderDraft {
  const { name = "", server = "", key = "" } = texts;
  const { pskIdentity = "", certificate = "", ca = "", serverName = "" } = texts;
  if (kind === "psk") return { name, server, pskIdentity, key };
  const named = serverName === "" ? {} : { serverName };
  const older = legacy ? { legacy } : {};
  return { type: "certificate", name, server, certificate, key, ca, ...named, ...older };
}

/** Beside which field a refusal belongs; undefined: it is about the whole. */
export function fieldOfReason(reason: Reason | LinkReason): ProviderField | undefined {
  switch (reason) {
    case "name-taken":
      return "name";
    case "bad-server":
      return "server";
    case "bad-key":
      return "key";
    case "bad-certificate":
      return "certificate";
    default:
      return undefined;
  }
}
