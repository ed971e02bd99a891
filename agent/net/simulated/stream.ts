import { formatAddress, NetError } from "../ports.ts";
import type { Address, NetErrorCode, Stream, StreamListener } from "../ports.ts";
import type { Carrier, Segment, Site } from "./packet.ts";
import { Pipe } from "./pipe.ts";
import type { PipeEnds } from "./pipe.ts";

/** A stream that its owner has not named a listener for: during `accept`. */
const NOBODY: StreamListener = { data: () => {}, end: () => {}, close: () => {} };

/** One end of a simulated stream. Each direction ends by itself. */
export class SimulatedStream implements Stream {
  readonly local: Address;
  readonly remote: Address;
  listener: StreamListener = NOBODY;
  readonly #carrier: Carrier;
  readonly #pipe: Pipe;
  readonly #gone: (stream: SimulatedStream) => void;
  readonly #waiting = new Set<(fault: NetError) => void>();
  #ended = false;
  #endTaken = false;
  #peerEnded = false;
  #closed = false;

  /** @param gone called once, when the stream is no more and its place in the host's table is free */
  constructor(
    site: Site,
    carrier: Carrier,
    ends: PipeEnds,
    gone: (stream: SimulatedStream) => void,
  ) {
    this.local = ends.local;
    this.remote = ends.remote;
    this.#carrier = carrier;
    this.#gone = gone;
    this.#pipe = new Pipe(site, carrier, ends, () => this.fail("net/timeout"));
  }

  /** Opens the stream (`syn`) or agrees to it (`syn-ack`). */
  greet(tag: "syn" | "syn-ack"): void {
    this.#pipe.push({ tag });
  }

  /** @throws {NetError} `net/closed`, and whatever ends the stream while octets wait */
  write(data: Uint8Array): Promise<void> {
    if (this.#ended || this.#closed) return Promise.reject(this.#error("net/closed"));
    if (data.length === 0) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.#waiting.add(reject);
      this.#pipe.pushData(data, () => {
        this.#waiting.delete(reject);
        resolve();
      });
    });
  }

  end(): void {
    if (this.#ended || this.#closed) return;
    this.#ended = true;
    this.#pipe.push({ tag: "fin" }, () => {
      this.#endTaken = true;
      if (this.#peerEnded) this.#close();
    });
  }

  destroy(): void {
    if (this.#closed) return;
    this.#pipe.clear();
    if (!this.#endTaken) this.#pipe.push({ tag: "fin" });
    this.#close();
  }

  /** Ends the stream on this side with a fault; the peer hears nothing. */
  fail(code: NetErrorCode): void {
    this.#pipe.clear();
    this.#close(this.#error(code));
  }

  /** A segment of this stream has arrived. */
  receive(segment: Segment): void {
    if (this.#closed) return;
    switch (segment.tag) {
      case "data":
        this.listener.data(segment.data);
        return;
      case "fin":
        this.#peerEnded = true;
        this.listener.end();
        if (this.#endTaken) this.#close();
        return;
      case "rst":
        this.fail("net/reset");
        return;
      case "syn":
      case "syn-ack":
        return; // the table of streams has seen to it
    }
  }

  #close(fault?: NetError): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#gone(this);
    for (const reject of this.#waiting) reject(fault ?? this.#error("net/closed"));
    this.#waiting.clear();
    this.#carrier.clock.after(0, () => this.listener.close(fault));
  }

  #error(code: NetErrorCode): NetError {
    return new NetError(code, `stream with ${formatAddress(this.remote)}: ${code}`);
  }
}
