import type { RawData, WebSocket } from "ws";
import type { Channel, ChannelListener } from "../channel.ts";
import { codeOf } from "./error-code.ts";

/** Codes with which a WebSocket ends. [RFC 6455 §7.4.1] */
export const CLOSE_CODE = { normal: 1000, goingAway: 1001, unsupportedData: 1003 } as const;

/** A peer that asks for answers it does not read: pongs beyond this are memory given away. */
const MAX_QUEUED_FOR_PONG = 65_536;

/** A channel carried by one WebSocket. */
export class WebSocketChannel implements Channel {
  readonly #socket: WebSocket;
  readonly #closeMs: number;
  readonly #onBroken: (code: string) => void;
  #state: "open" | "ending" | "closed" = "open";
  #listener: ChannelListener | undefined;
  #grace: NodeJS.Timeout | undefined;

  /**
   * `closeMs`: how long a peer may take to agree to an end. `onBroken`: told, by a code, of what broke the rules. Nothing
   * is read until somebody listens.
   */
  constructor(socket: WebSocket, closeMs: number, onBroken: (code: string) => void) {
    this.#socket = socket;
    this.#closeMs = closeMs;
    this.#onBroken = onBroken;
    socket.pause();
    socket.on("message", (data, isBinary) => this.#message(data, isBinary));
    socket.on("ping", (data) => this.#pong(data));
    socket.on("error", (error) => this.#broken(codeOf(error)));
    socket.on("close", () => this.#closed());
  }

  get queued(): number {
    return this.#socket.bufferedAmount;
  }

  send(text: string): void {
    // A failure ends the socket, which is told as such.
    if (this.#state === "open") this.#socket.send(text, () => {});
  }

  close(): void {
    this.end(CLOSE_CODE.normal);
  }

  /** As `close`, saying why. */
  end(code: number): void {
    if (this.#state !== "open") return;
    this.#state = "ending";
    this.#socket.resume(); // or the peer's agreement is never read
    this.#socket.close(code);
    this.#grace = setTimeout(() => this.#socket.terminate(), this.#closeMs);
  }

  listen(listener: ChannelListener): void {
    this.#listener = listener;
    if (this.#state === "closed") queueMicrotask(() => listener.closed());
    else this.#socket.resume();
  }

  #message(data: RawData, isBinary: boolean): void {
    if (this.#state !== "open") return;
    if (isBinary || !Buffer.isBuffer(data)) {
      this.#broken("binary frame");
      return;
    }
    this.#listener?.message(data.toString("utf8"));
  }

  /** The library has said its own code already where it found the fault. */
  #broken(code: string): void {
    this.#onBroken(code);
    this.end(CLOSE_CODE.unsupportedData);
  }

  #pong(data: Buffer): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    if (this.queued <= MAX_QUEUED_FOR_PONG) this.#socket.pong(data);
    else this.#socket.terminate();
  }

  #closed(): void {
    this.#state = "closed";
    clearTimeout(this.#grace);
    this.#listener?.closed();
  }
}
