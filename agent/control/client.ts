import type { z } from "zod";
import { ClientCore, type ClientOptions, type Reading } from "./client-core.ts";
import {
  contract,
  type CallName,
  type CallOutput,
  type CallProgress,
  type EventName,
  type EventPayload,
} from "./contract.ts";
import { ControlError } from "./control-error.ts";
import { byName, type AnyCall, type AnyEvent } from "./define.ts";
import { check } from "./explain.ts";

const CALLS: ReadonlyMap<string, AnyCall> = byName<AnyCall>(contract.calls);
const EVENTS: ReadonlyMap<string, AnyEvent> = byName<AnyEvent>(contract.events);

/* oxlint-disable typescript/no-unsafe-type-assertion -- each value was checked with the schema of its type */
/** Takes nothing for granted that an agent sends. */
const validating: Reading = {
  output<Name extends CallName>(name: Name, value: unknown) {
    const output = checked(CALLS.get(name)?.output, value);
    if (output !== undefined) return output as CallOutput<Name>;
    const message = `the agent's answer to ${name} is not of the form that it should have`;
    throw new ControlError({ reason: "internal", message });
  },
  progress: <Name extends CallName>(name: Name, value: unknown) =>
    checked(CALLS.get(name)?.progress, value) as CallProgress<Name> | undefined,
  payload: <Name extends EventName>(name: Name, value: unknown) =>
    checked(EVENTS.get(name)?.payload, value) as EventPayload<Name> | undefined,
};
/* oxlint-enable typescript/no-unsafe-type-assertion */

/** Undefined: it is not of the schema's form. */
function checked(schema: z.ZodType | undefined, value: unknown): unknown {
  const result = schema && check(schema, value);
  return result?.ok === true ? result.value : undefined;
}

/** A `ClientCore` that checks everything an agent sends with the contract's schemas; what is wrong is not delivered. */
export class ControlClient extends ClientCore {
  constructor(options: Omit<ClientOptions, "reading"> = {}) {
    super({ ...options, reading: validating });
  }
}
