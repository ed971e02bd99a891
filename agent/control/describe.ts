import { z } from "zod";
import { contract, type CallName } from "./contract.ts";
import { byName, type AnyCall } from "./define.ts";

const CALLS: ReadonlyMap<string, AnyCall> = byName<AnyCall>(contract.calls);

/** What a call does, in one line: for help texts. */
export function summaryOf(name: CallName): string {
  return definitionOf(name).summary;
}

/**
 * What a field of a call's input means, in one line: for help texts. A dot leads into a field: `draft.server`.
 * @throws {TypeError} the contract has no such field, or does not describe it.
 */
export function describeField(name: CallName, field: string): string {
  let forms: readonly z.ZodType[] = [definitionOf(name).input];
  for (const part of field.split(".")) {
    forms = forms.flatMap((form) => membersOf(form, part));
  }
  const description = forms.map((form) => form.description).find((text) => text !== undefined);
  if (description === undefined) throw new TypeError(`${name} has no described field ${field}`);
  return description;
}

function definitionOf(name: CallName): AnyCall {
  const definition = CALLS.get(name);
  if (definition === undefined) throw new TypeError(`there is no call ${name}`);
  return definition;
}

/** The field `name` of a form; of each form, if there are several. */
function membersOf(form: z.core.$ZodType, name: string): z.ZodType[] {
  if (form instanceof z.ZodUnion) return form.options.flatMap((option) => membersOf(option, name));
  if (form instanceof z.ZodOptional || form instanceof z.ZodDefault) {
    return membersOf(form.unwrap(), name);
  }
  const member: unknown = form instanceof z.ZodObject ? form.shape[name] : undefined;
  return member instanceof z.ZodType ? [member] : [];
}
