import type { Channel, ChannelListener } from "../../agent/control/channel.ts";

/** A channel over an open WebSocket, which carries one message a text frame. */
export class WebSocketChannel implements Channel {
  readonly #socket: WebSocket;
  #listener: ChannelListener | undefined;
  #ended = false;

  constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.addEventListener("message", ({ data }: MessageEvent<unknown>) => {
      if (typeof data === "string" && !this.#ended) this.#listener?.message(data);
    });
    socket.addEventListener("close", () => this.#end());
  }

  get queued(): number {
    return this.#socket.bufferedAmount;
  }

  send(text: string): void {
    if (!this.#ended && this.#socket.readyState === WebSocket.OPEN) this.#socket.send(text);
  }

  /** A peer that is gone does not answer the closing handshake: its channel has ended all the same. */
  close(): void {
    this.#socket.close();
    this.#end();
  }

  listen(listener: ChannelListener): void {
    this.#listener = listener;
  }

  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#listener?.closed();
  }
}
