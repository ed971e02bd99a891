import { contract } from "./contract.ts";
import { ControlError } from "./control-error.ts";
import type { ControlLog } from "./control-log.ts";
import { byName, permits, type AnyCall, type Right } from "./define.ts";
import { check } from "./explain.ts";
import type { Handlers } from "./handlers.ts";
import {
  formatError,
  formatNotification,
  formatResult,
  rpcErrorOf,
  type RpcError,
  type RpcId,
} from "./rpc.ts";

/** How many calls of one connection run at once. */
export const MAX_CALLS = 32;

const CALLS: ReadonlyMap<string, AnyCall> = byName<AnyCall>(contract.calls);

/** What a `CallRunner` works with. */
export interface RunnerDeps {
  readonly handlers: Handlers;
  readonly right: Right;
  readonly log: ControlLog;
  readonly send: (text: string) => void;
  /** Told whenever a call has come to its end. */
  readonly settled: () => void;
}

interface Running {
  readonly id: RpcId;
  readonly name: string;
  readonly definition: AnyCall;
  readonly abort: AbortController;
}

/** Runs the calls of one connection: checks what comes, and what the handlers give. No call waits for another. */
export class CallRunner {
  readonly #deps: RunnerDeps;
  /** Until their handlers have settled, also when given up: what runs is what costs. */
  readonly #running = new Map<RpcId, Running>();

  constructor(deps: RunnerDeps) {
    this.#deps = deps;
  }

  /** Calls whose handlers have not settled yet. */
  get size(): number {
    return this.#running.size;
  }

  /** Carries out one call, or says why not. */
  start(id: RpcId, name: string, params: unknown): void {
    const definition = CALLS.get(name);
    const refused = definition === undefined ? UNKNOWN : this.#refusal(id, definition);
    if (definition === undefined || refused !== undefined) {
      this.#deps.send(formatError(id, refused ?? UNKNOWN));
      return;
    }
    const input = check(definition.input, params);
    if (input.ok) {
      void this.#run({ id, name, definition, abort: new AbortController() }, input.value);
    } else {
      this.#deps.send(formatError(id, rpcErrorOf("invalid-input", input.faults)));
    }
  }

  /** Gives a call up: it is not answered. */
  cancel(id: RpcId): void {
    this.#running.get(id)?.abort.abort();
  }

  /** Gives all calls up. */
  cancelAll(): void {
    for (const { abort } of this.#running.values()) abort.abort();
  }

  #refusal(id: RpcId, { needs }: AnyCall): RpcError | undefined {
    if (!permits(this.#deps.right, needs)) return NOT_ALLOWED;
    if (this.#running.has(id)) {
      return rpcErrorOf("invalid-input", "a call with this id is still under way");
    }
    return this.#running.size >= MAX_CALLS ? BUSY : undefined;
  }

  async #run(call: Running, input: unknown): Promise<void> {
    const { id, abort } = call;
    this.#running.set(id, call);
    const answer = await this.#answer(call, input);
    this.#running.delete(id);
    if (!abort.signal.aborted) this.#deps.send(answer);
    this.#deps.settled();
  }

  async #answer(call: Running, input: unknown): Promise<string> {
    const { id, name, definition, abort } = call;
    const { handlers, right } = this.#deps;
    const progress = (value: unknown): void => this.#progress(call, value);
    const context = { progress, signal: abort.signal, right };
    try {
      const output = check(definition.output, await handlerOf(handlers, name)(input, context));
      if (output.ok) return formatResult(id, output.value);
      throw new TypeError(`the answer of ${name} is not of the contract's form: ${output.faults}`);
    } catch (error) {
      return formatError(id, this.#errorOf(call, error));
    }
  }

  #progress(call: Running, value: unknown): void {
    const { id, name, definition, abort } = call;
    if (abort.signal.aborted || this.#running.get(id) !== call) return; // told too late
    const checked = definition.progress && check(definition.progress, value);
    if (checked?.ok === true) {
      this.#deps.send(formatNotification("progress", { id, value: checked.value }));
    } else {
      const error = checked?.faults ?? "this call tells none";
      this.#deps.log.error({ call: name, error }, "progress is not of the contract's form");
    }
  }

  /** Who asked sees what was thrown only where it was meant to be seen. */
  #errorOf({ name, abort }: Running, thrown: unknown): RpcError {
    if (thrown instanceof ControlError) {
      return rpcErrorOf(thrown.reason, thrown.message, thrown.hint);
    }
    if (!abort.signal.aborted) {
      const error = thrown instanceof Error ? (thrown.stack ?? thrown.message) : typeof thrown;
      this.#deps.log.error({ call: name, error }, "a call failed by a fault of the agent");
    }
    return rpcErrorOf("internal", "a fault inside the agent", "The agent's log says more.");
  }
}

/** The error object for what a connection has no right to. */
export const NOT_ALLOWED = rpcErrorOf("not-allowed", "this connection may not do that");

const UNKNOWN = rpcErrorOf("unknown-method", "the agent knows no call of that name");

const BUSY = rpcErrorOf(
  "busy",
  `${MAX_CALLS} calls are under way on this connection`,
  "Wait for one of the answers first.",
);

type AnyHandler = (
  input: unknown,
  context: { progress: (value: unknown) => void; signal: AbortSignal; right: Right },
) => unknown;

function handlerOf(handlers: Handlers, name: string): AnyHandler {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- `name` is the contract's, and the caller has checked the input with the schema of that name
  return (handlers as unknown as Readonly<Record<string, AnyHandler>>)[name] ?? noHandler;
}

function noHandler(): never {
  throw new TypeError("this call has no handler");
}
