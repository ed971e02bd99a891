import type { Socket } from "node:net";
import type { Channel, ChannelListener } from "../channel.ts";
import { LineSplitter } from "./line-splitter.ts";

/** How long a peer is given to read what was sent before the end. */
const FLUSH_MS = 1000;

/** What a `LineChannel` may be given. */
export interface LineOptions {
  /** The longest line that is taken, in octets. */
  readonly maxLineOctets: number;
  /** The last words for a peer that sends a longer one. */
  readonly tooLong?: string;
}

/** A channel over a stream socket: each message is one line of UTF-8. Empty lines mean nothing. */
export class LineChannel implements Channel {
  readonly #socket: Socket;
  readonly #lines: LineSplitter;
  readonly #tooLong: string | undefined;
  #ending = false;

  /** The socket must not have been read from; if it `allowHalfOpen`, its owner is told when only the peer has ended. */
  constructor(socket: Socket, options: LineOptions) {
    this.#socket = socket;
    this.#lines = new LineSplitter(options.maxLineOctets);
    this.#tooLong = options.tooLong;
    socket.on("error", () => {}); // "close" follows and says enough
  }

  get queued(): number {
    return this.#socket.writableLength;
  }

  send(text: string): void {
    if (!this.#ending && this.#socket.writable) this.#socket.write(`${text}\n`);
  }

  /**
   * Ends our side and reads on without listening until the peer ends its own: a socket that is destroyed with something
   * unread takes the last words that we sent with it.
   */
  close(): void {
    if (this.#ending) return;
    this.#ending = true;
    if (this.#socket.destroyed) return;
    const timer = setTimeout(() => this.#socket.destroy(), FLUSH_MS);
    this.#socket.once("close", () => clearTimeout(timer));
    this.#socket.end();
    this.#socket.resume();
  }

  listen(listener: ChannelListener): void {
    this.#socket.on("data", (chunk: Buffer) => this.#take(chunk, listener));
    this.#socket.once("end", () => {
      if (this.#ending) return;
      if (listener.ended === undefined) this.close();
      else listener.ended();
    });
    this.#socket.once("close", () => listener.closed());
  }

  #take(chunk: Buffer, listener: ChannelListener): void {
    if (this.#ending) return;
    const { lines, isTooLong } = this.#lines.push(chunk);
    for (const line of lines) {
      if (line.trim() !== "") listener.message(line);
      if (this.#ending) return;
    }
    if (!isTooLong) return;
    if (this.#tooLong !== undefined) this.send(this.#tooLong);
    this.close();
  }
}
