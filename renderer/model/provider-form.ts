import type { ProviderDraft, Reason } from "../../agent/control/contract.ts";
import type { LinkReason } from "../strings/faults.ts";
import { providers } from "../strings/providers.ts";

/** A field of the form. */
export type ProviderField = keyof ProviderDraft;

/** What is wrong, by field. */
export type ProviderFaults = Readonly<Partial<Record<ProviderField, string>>>;

/** What the contract takes. */
const LONGEST: Readonly<Record<ProviderField, number>> = {
  name: 80,
  server: 300,
  pskIdentity: 128,
  key: 4096,
};

/** The fields in their order on the page. */
export const PROVIDER_FIELDS: readonly ProviderField[] = ["name", "server", "pskIdentity", "key"];

/** What can be said without asking the agent; no member: it may be sent. Never quotes the key. */
export function providerFaults(draft: ProviderDraft): ProviderFaults {
  const faults: Partial<Record<ProviderField, string>> = {};
  for (const field of PROVIDER_FIELDS) {
    const fault = fieldFault(field, draft[field]);
    if (fault !== undefined) faults[field] = fault;
  }
  return faults;
}

function fieldFault(field: ProviderField, value: string): string | undefined {
  if (value.trim() === "") return providers.form.required;
  return value.length > LONGEST[field] ? providers.form.tooLong(LONGEST[field]) : undefined;
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
    default:
      return undefined;
  }
}
