import type { Channel, ChannelListener } from "../../agent/control/channel.ts";

/** One end of a control channel inside this process. What is sent arrives in a later turn, in order. */
export class MemoryChannel implements Channel {
  /** What the owner is told: a test may claim that the peer does not read. */
  queued = 0;
  /** Everything that this end has sent. */
  readonly sent: string[] = [];
  /** Whether this end is closed. */
  isClosed = false;
  #peer: MemoryChannel | undefined;
  #listener: ChannelListener | undefined;

  /** Both ends of a new channel. */
  static pair(): readonly [MemoryChannel, MemoryChannel] {
    const [a, b] = [new MemoryChannel(), new MemoryChannel()];
    a.#peer = b;
    b.#peer = a;
    return [a, b];
  }

  send(text: string): void {
    if (this.isClosed) return;
    this.sent.push(text);
    const peer = this.#peer;
    queueMicrotask(() => peer?.deliver(text));
  }

  close(): void {
    const peer = this.#peer;
    queueMicrotask(() => {
      this.#end();
      if (peer !== undefined) peer.#end();
    });
  }

  /** The other end hears that this one sends nothing more. */
  end(): void {
    const listener = this.#peer === undefined ? undefined : this.#peer.#listener;
    queueMicrotask(() => listener?.ended?.());
  }

  listen(listener: ChannelListener): void {
    this.#listener = listener;
  }

  /** What arrives at this end. */
  deliver(text: string): void {
    if (!this.isClosed) this.#listener?.message(text);
  }

  #end(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.#listener?.closed();
  }
}
