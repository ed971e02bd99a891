import type { z } from "zod";
import {
  contract,
  type CallName,
  type CallOutput,
  type EventName,
  type EventPayload,
  type Mitigation,
  type Reason,
} from "../../agent/control/contract.ts";
import { ControlError } from "../../agent/control/control-error.ts";
import { byName, type AnyCall, type AnyEvent } from "../../agent/control/define.ts";
import { check } from "../../agent/control/explain.ts";
import type { EventSource, Handlers } from "../../agent/control/handlers.ts";
import { aPreview, aReport, aStatus } from "./control-samples.ts";
import { DoubleState, doubleAnswers, found } from "./double-answers.ts";

/** A call that the double was asked. */
export interface RecordedCall {
  readonly name: CallName;
  readonly input: unknown;
}

const CALLS: ReadonlyMap<string, AnyCall> = byName<AnyCall>(contract.calls);
const EVENTS: ReadonlyMap<string, AnyEvent> = byName<AnyEvent>(contract.events);

/** Whatever an agent could never say must not be said by its double either. */
function valid<Schema extends z.ZodType>(
  schema: Schema | undefined,
  value: unknown,
  what: string,
): z.output<Schema> {
  const checked = schema && check(schema, value);
  if (checked?.ok !== true)
    throw new TypeError(`${what}: ${checked?.faults ?? "is not in the contract"}`);
  return checked.value;
}

/** An agent that has nothing set up, or what `initial` says. */
export function createDouble(initial: Partial<DoubleState> = {}): ControlDouble {
  return new ControlDouble(initial);
}

/**
 * Stands for an agent: answers every call of the contract from a state that the test sets, as an agent would whose
 * provider never answers. Adding, removing, asking and withdrawing change the state; what else happens, the test says.
 */
export class ControlDouble implements EventSource {
  /** What it was asked, in order; before any refusal. */
  readonly asked: RecordedCall[] = [];
  readonly handlers: Handlers;
  readonly #listeners = new Set<(name: EventName, payload: unknown) => void>();
  readonly #refusals = new Map<CallName, { readonly fault: ControlError; times: number }>();
  readonly #gates = new Map<CallName, Promise<void>>();
  readonly #answers = new Map<CallName, unknown>();
  #state: DoubleState;

  constructor(initial: Partial<DoubleState>) {
    const nothing = { providers: [], targets: [], activity: [], samples: [] };
    const all = {
      status: aStatus(),
      preview: aPreview(),
      report: aReport(),
      ...nothing,
      ...initial,
    };
    this.#state = valid(DoubleState, all, "the double's state");
    this.handlers = this.#recorded(doubleAnswers(this));
  }

  get state(): Readonly<DoubleState> {
    return this.#state;
  }

  /** Changes what it answers. A new status, and each new entry of the log, is told to whoever listens. */
  set(change: Partial<DoubleState>): void {
    const before = this.#state;
    this.#state = valid(DoubleState, { ...before, ...change }, "the double's state");
    if (change.status !== undefined) this.fire("agent.changed", this.#state.status);
    for (const entry of this.#state.activity) {
      if (!before.activity.some(({ id }) => id === entry.id)) this.fire("activity.logged", entry);
    }
  }

  /** Changes one mitigation that lives; one that is over moves to those that ended. */
  setMitigation(id: string, change: Partial<Mitigation>): Mitigation {
    const { status } = this.#state;
    const changed = { ...found(status.mitigations, id, "no-such-mitigation"), ...change };
    const others = status.mitigations.filter((one) => one.id !== id);
    const isOver = changed.phase === "ended" || changed.phase === "refused";
    const mitigations = isOver
      ? others
      : status.mitigations.map((one) => (one.id === id ? changed : one));
    const ended = isOver ? [changed, ...status.ended] : status.ended;
    this.set({ status: { ...status, mitigations, ended } });
    return changed;
  }

  /** Refuses the next calls of that name: all, or so many. */
  refuse(
    name: CallName,
    reason: Reason,
    more: { message?: string; hint?: string; times?: number } = {},
  ): void {
    const { message = `refused: ${reason}`, hint, times = Infinity } = more;
    this.#refusals.set(name, { fault: new ControlError({ reason, message, hint }), times });
  }

  /** Answers calls of that name with this from now on, whatever the state says. */
  answer<Name extends CallName>(name: Name, output: CallOutput<Name>): void {
    this.#answers.set(name, valid(CALLS.get(name)?.output, output, name));
  }

  /** Answers to calls of that name wait until the function that is returned is called. */
  hold(name: CallName): () => void {
    let release = (): void => {};
    this.#gates.set(
      name,
      new Promise((resolve) => {
        release = resolve;
      }),
    );
    return () => {
      this.#gates.delete(name);
      release();
    };
  }

  /** Tells an event to whoever listens. */
  fire<Name extends EventName>(name: Name, payload: EventPayload<Name>): void {
    const checked = valid(EVENTS.get(name)?.payload, payload, name);
    for (const tell of this.#listeners) tell(name, checked);
  }
  subscribe(listener: <Name extends EventName>(name: Name, payload: EventPayload<Name>) => void): {
    stop(): void;
  } {
    const tell = listener as (name: EventName, payload: unknown) => void;
    this.#listeners.add(tell);
    return { stop: () => void this.#listeners.delete(tell) };
  }

  first<Name extends EventName>(name: Name): EventPayload<Name> | undefined {
    const first = name === "agent.changed" ? this.#state.status : undefined;
    return first as EventPayload<Name> | undefined;
  }

  /** How many connections listen to its events. */
  get listeners(): number {
    return this.#listeners.size;
  }

  #recorded(plain: Handlers): Handlers {
    const recorded = [...CALLS.keys()].map((key) => {
      const name = key as CallName; // the keys are those of the contract
      const handle = plain[name] as (input: unknown, context: unknown) => unknown;
      const serve = (input: unknown, context: unknown): Promise<unknown> =>
        this.#serve(name, input, () => handle(input, context));
      return [name, serve] as const;
    });
    return Object.fromEntries(recorded) as unknown as Handlers;
  }

  async #serve(name: CallName, input: unknown, handle: () => unknown): Promise<unknown> {
    this.asked.push({ name, input });
    await this.#gates.get(name);
    const rule = this.#refusals.get(name);
    if (rule !== undefined && rule.times > 0) {
      rule.times -= 1;
      throw rule.fault;
    }
    const output = this.#answers.has(name) ? this.#answers.get(name) : await handle();
    return valid(CALLS.get(name)?.output, output, name);
  }
}

export type { DoubleState } from "./double-answers.ts";
