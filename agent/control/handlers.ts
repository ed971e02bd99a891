import type {
  CallInput,
  CallName,
  CallOutput,
  CallProgress,
  CheckedInput,
  EventName,
  EventPayload,
} from "./contract.ts";
import type { Right } from "./define.ts";

/** What a handler is told about its call. */
export interface CallContext<Name extends CallName> {
  /** Tells what has happened so far. */
  readonly progress: (value: CallProgress<Name>) => void;
  /** Fires when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
  readonly right: Right;
}

/** One function for each call of the contract. Refusals are thrown as `ControlError`. */
export type Handlers = {
  readonly [Name in CallName]: (
    input: CheckedInput<Name>,
    context: CallContext<Name>,
  ) => CallOutput<Name> | Promise<CallOutput<Name>>;
};

/** Where events come from. `first` is what a new listener is told at once; undefined: nothing. */
export interface EventSource {
  subscribe(listener: <Name extends EventName>(name: Name, payload: EventPayload<Name>) => void): {
    stop(): void;
  };
  first<Name extends EventName>(name: Name): EventPayload<Name> | undefined;
}

/**
 * The contract from the caller's side, over any transport. Calls reject with `ControlError` (the agent's no), with
 * `ControlGone` (there is no agent), or with the reason of their `signal`. Listeners must not throw.
 */
export interface ControlApi {
  call<Name extends CallName>(
    name: Name,
    input: CallInput<Name>,
    options?: CallOptions<Name>,
  ): Promise<CallOutput<Name>>;
  /** Calls `listener` for every event of that name until `stop`. */
  on<Name extends EventName>(
    name: Name,
    listener: (payload: EventPayload<Name>) => void,
  ): { stop(): void };
}

export interface CallOptions<Name extends CallName> {
  readonly onProgress?: (value: CallProgress<Name>) => void;
  readonly signal?: AbortSignal;
}
