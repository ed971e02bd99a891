import { CALL, EVENT, LISTEN, PROGRESS, UNLISTEN } from "../messages.ts";
import type {
  Answer,
  CallMessage,
  EventMessage,
  ListenMessage,
  PlainFault,
  ProgressMessage,
} from "../messages.ts";

/** As much of Electron's `ipcRenderer` as is needed; nothing of it reaches the page. */
export interface PageIpc {
  invoke(channel: typeof CALL, message: CallMessage): Promise<Answer>;
  invoke(channel: typeof LISTEN, message: ListenMessage): Promise<unknown>;
  invoke(channel: typeof UNLISTEN, id: number): Promise<unknown>;
  on(channel: typeof PROGRESS, listener: (event: unknown, message: ProgressMessage) => void): void;
  on(channel: typeof EVENT, listener: (event: unknown, message: EventMessage) => void): void;
}

/** The contract's names. */
export interface Names {
  readonly calls: readonly string[];
  readonly events: readonly string[];
}

/** What the page finds as `window.mayday`: the contract, and nothing else. */
export interface Exposed {
  /** Rejects with `{ reason, message, hint }`, a plain object. */
  call(name: unknown, input: unknown, onProgress?: unknown): Promise<unknown>;
  /** Calls `listener` with every payload, until the function that it returns is called. */
  on(name: unknown, listener: unknown): () => void;
}

type Listener = (value: unknown) => void;

/** Makes the page's side. The page is not trusted: whatever it passes is looked at, and names are looked up. */
export function expose(ipc: PageIpc, names: Names): Exposed {
  const calls = new Set(names.calls);
  const events = new Set(names.events);
  const waiting = new Map<number, Listener>();
  const listening = new Map<number, Listener>();
  let last = 0;

  ipc.on(PROGRESS, (_event, { id, value }) => waiting.get(id)?.(value));
  ipc.on(EVENT, (_event, { id, payload }) => listening.get(id)?.(payload));

  const call: Exposed["call"] = async (name, input, onProgress) => {
    if (typeof name !== "string" || !calls.has(name)) return reject(unknown(name));
    const id = (last += 1);
    if (isListener(onProgress)) waiting.set(id, onProgress);
    try {
      const answer = await ipc.invoke(CALL, { id, name, input });
      return answer.ok ? answer.output : await reject(answer.fault);
    } finally {
      waiting.delete(id);
    }
  };

  const on: Exposed["on"] = (name, listener) => {
    if (typeof name !== "string" || !events.has(name)) throw new TypeError("no such event");
    if (!isListener(listener)) throw new TypeError("no listener");
    const id = (last += 1);
    listening.set(id, listener);
    void ipc.invoke(LISTEN, { id, name });
    return () => {
      if (listening.delete(id)) void ipc.invoke(UNLISTEN, id);
    };
  };

  return { call, on };
}

/** As a plain object: an `Error` loses its fields on its way into the page. */
function reject(fault: PlainFault): Promise<never> {
  // oxlint-disable-next-line typescript/prefer-promise-reject-errors -- the page wants the fields
  return Promise.reject(fault);
}

function unknown(name: unknown): PlainFault {
  const message = `There is no call ${typeof name === "string" ? name : "of that kind"}.`;
  return { reason: "unknown-method", message, hint: undefined };
}

function isListener(value: unknown): value is Listener {
  return typeof value === "function";
}
