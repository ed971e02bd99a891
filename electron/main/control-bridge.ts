import { ControlError } from "../../agent/control/control-error.ts";
import { ControlGone } from "../../agent/control/control-gone.ts";
import { APP_ROOT } from "./app-protocol.ts";
import { CALL, EVENT, LISTEN, PROGRESS, UNLISTEN } from "../messages.ts";
import type { Answer, CallMessage, ListenMessage, PlainFault } from "../messages.ts";

/** As much of Electron's `ipcMain` as is needed. */
export interface Ipc {
  handle(channel: string, listener: (event: Asked, message: unknown) => unknown): void;
  removeHandler(channel: string): void;
}

/** Who asks. */
export interface Asked {
  /** Null when the frame is gone by now. */
  readonly senderFrame: Frame | null;
  readonly sender: Page;
}

export interface Frame {
  readonly url: string;
}

/** As much of Electron's `WebContents` as is needed to answer one. */
export interface Page {
  readonly mainFrame: Frame;
  isDestroyed(): boolean;
  send(channel: string, message: unknown): void;
}

/** A `ControlApi` to one who does not know what the page passes: the agent checks that against the contract. */
export interface Passage {
  call(
    name: string,
    input: unknown,
    options: { onProgress: (value: unknown) => void; signal: AbortSignal },
  ): Promise<unknown>;
  on(name: string, listener: (payload: unknown) => void): { stop(): void };
}

/** What the bridge is made of. */
export interface BridgeParts {
  readonly ipc: Ipc;
  readonly api: Passage;
  /** The contract's names: nothing else is passed on. */
  readonly names: { readonly calls: ReadonlySet<string>; readonly events: ReadonlySet<string> };
  /** Told when somebody who is not the window asked. Never of what was asked. */
  readonly onStranger: (url: string) => void;
}

/** Between one window and the agent. */
export interface Bridge {
  /** The page that may ask from now on; what an earlier one asked or listens to is dropped. */
  attach(page: Page): void;
  /** Ends what the page asked and listens to: it is gone, or loads anew. */
  drop(): void;
  close(): void;
}

/** More than the interface has; a page that never ends listening is not to fill our memory. */
const MOST_LISTENERS = 64;

/** Lets the window's page, and nobody else, ask what the contract names. */
export function bridgeControl(parts: BridgeParts): Bridge {
  const bridge = new ControlBridge(parts);
  const { ipc } = parts;
  ipc.handle(CALL, (event, message) => bridge.call(event, message));
  ipc.handle(LISTEN, (event, message) => bridge.listen(event, message));
  ipc.handle(UNLISTEN, (event, message) => bridge.unlisten(event, message));
  return bridge;
}

class ControlBridge implements Bridge {
  readonly #parts: BridgeParts;
  readonly #listening = new Map<number, { stop(): void }>();
  #page: Page | undefined;
  /** Fires when the page does not wait any more. */
  #gone = new AbortController();

  constructor(parts: BridgeParts) {
    this.#parts = parts;
  }

  attach(page: Page): void {
    this.drop();
    this.#page = page;
  }

  drop(): void {
    this.#gone.abort();
    this.#gone = new AbortController();
    for (const listening of this.#listening.values()) listening.stop();
    this.#listening.clear();
  }

  close(): void {
    this.drop();
    this.#page = undefined;
    for (const channel of [CALL, LISTEN, UNLISTEN]) this.#parts.ipc.removeHandler(channel);
  }

  async call(event: Asked, message: unknown): Promise<Answer> {
    this.#check(event);
    if (!isCallMessage(message)) return refused(NOT_A_CALL);
    const { id, name, input } = message;
    const { api, names } = this.#parts;
    if (!names.calls.has(name)) return refused(unknownName(name));
    const signal = this.#gone.signal;
    const onProgress = (value: unknown): void => {
      if (!signal.aborted) this.#send(PROGRESS, { id, value });
    };
    try {
      return { ok: true, output: await api.call(name, input, { onProgress, signal }) };
    } catch (error) {
      return refused(error);
    }
  }

  /** Whether the event is told from now on. */
  listen(event: Asked, message: unknown): boolean {
    this.#check(event);
    const { api, names } = this.#parts;
    if (!isListenMessage(message) || !names.events.has(message.name)) return false;
    const { id, name } = message;
    if (this.#listening.has(id) || this.#listening.size >= MOST_LISTENERS) return false;
    const tell = (payload: unknown): void => this.#send(EVENT, { id, payload });
    this.#listening.set(id, api.on(name, tell));
    return true;
  }

  unlisten(event: Asked, message: unknown): void {
    this.#check(event);
    if (typeof message !== "number") return;
    this.#listening.get(message)?.stop();
    this.#listening.delete(message);
  }

  #send(channel: string, message: unknown): void {
    const page = this.#page;
    if (page !== undefined && !page.isDestroyed()) page.send(channel, message);
  }

  /** @throws {Error} it is not the window's own page that asks. */
  #check({ sender, senderFrame }: Asked): void {
    const page = this.#page;
    const ours = page !== undefined && sender === page && senderFrame === page.mainFrame;
    if (ours && senderFrame.url.startsWith(APP_ROOT)) return;
    this.#parts.onStranger(senderFrame?.url ?? "a frame that is gone");
    throw new Error("not for you");
  }
}

const NOT_A_CALL: ControlError = new ControlError({
  reason: "invalid-input",
  message: "This is not a call.",
});

function unknownName(name: string): ControlError {
  return new ControlError({ reason: "unknown-method", message: `There is no call ${name}.` });
}

/** What is no refusal is a fault of ours, and its words are nothing for a user. */
function refused(error: unknown): Answer {
  return { ok: false, fault: faultOf(error) };
}

function faultOf(error: unknown): PlainFault {
  if (error instanceof ControlError) {
    return { reason: error.reason, message: error.message, hint: error.hint };
  }
  if (error instanceof ControlGone) {
    return { reason: "agent-gone", message: error.message, hint: undefined };
  }
  return { reason: "internal", message: "Something went wrong in Mayday.", hint: undefined };
}

function isListenMessage(message: unknown): message is ListenMessage {
  if (typeof message !== "object" || message === null) return false;
  const { id, name }: Partial<Record<keyof ListenMessage, unknown>> = message;
  return Number.isSafeInteger(id) && typeof name === "string";
}

function isCallMessage(message: unknown): message is CallMessage {
  return isListenMessage(message) && "input" in message;
}
