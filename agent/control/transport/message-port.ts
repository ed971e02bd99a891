import type { Channel, ChannelListener } from "../channel.ts";

/**
 * What this needs of a port: Electron's `MessagePortMain` and `parentPort`, and Node's `MessagePort`, are such ports.
 * Electron's wrap what was sent into an event that has it as `data`; Node's do not.
 */
export interface MessagePortLike {
  postMessage(message: unknown): void;
  /** `close` may never come: Electron's `parentPort` ends with its process. */
  on(event: "message" | "close", listener: (message: unknown) => void): unknown;
  /** Begins to deliver, where a port waits for that. */
  start?(): void;
  close?(): void;
}

/** A channel over a port between processes or threads. What is not text is not meant for it and is left alone. */
export function messagePortChannel(port: MessagePortLike): Channel {
  return new MessagePortChannel(port);
}

class MessagePortChannel implements Channel {
  /** A port takes everything at once and does not say what its other end has read. */
  readonly queued = 0;
  readonly #port: MessagePortLike;
  #listener: ChannelListener | undefined;
  #closed = false;

  constructor(port: MessagePortLike) {
    this.#port = port;
  }

  send(text: string): void {
    if (this.#closed) return;
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a port, not a window: it has one other end
    this.#port.postMessage(text);
  }

  close(): void {
    if (this.#closed) return;
    this.#port.close?.();
    queueMicrotask(() => this.#end());
  }

  listen(listener: ChannelListener): void {
    this.#listener = listener;
    this.#port.on("message", (message) => {
      const text = textOf(message);
      if (text !== undefined && !this.#closed) listener.message(text);
    });
    this.#port.on("close", () => this.#end());
    this.#port.start?.();
  }

  #end(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#listener?.closed();
  }
}

function textOf(message: unknown): string | undefined {
  const isEvent = typeof message === "object" && message !== null && "data" in message;
  const text = isEvent ? message.data : message;
  return typeof text === "string" ? text : undefined;
}
