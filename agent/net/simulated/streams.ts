import { formatAddress, NetError } from "../ports.ts";
import type {
  Address,
  Millis,
  NetErrorCode,
  Stream,
  StreamListener,
  Streams,
  StreamServer,
  Timer,
} from "../ports.ts";
import { literalHost } from "./addresses.ts";
import type { HostAddresses } from "./addresses.ts";
import { LocalPorts } from "./local-ports.ts";
import type { Bound } from "./local-ports.ts";
import type { Carrier, Packet, Segment, Site } from "./packet.ts";
import { Pipe } from "./pipe.ts";
import type { PipeEnds } from "./pipe.ts";
import { SimulatedStream } from "./stream.ts";

interface Listening extends Bound {
  host: string;
  readonly accept: (stream: Stream) => StreamListener;
}

/** A stream whose `syn` is under way. */
interface Attempt {
  readonly stream: SimulatedStream;
  readonly listener: StreamListener;
  readonly timer: Timer;
  readonly resolve: (stream: Stream) => void;
  readonly reject: (fault: NetError) => void;
}

/** The byte streams of one simulated host. */
export class SimulatedStreams implements Streams {
  readonly #site: Site;
  readonly #addresses: HostAddresses;
  readonly #carrier: Carrier;
  readonly #servers = new LocalPorts<Listening>();
  readonly #streams = new Map<string, SimulatedStream>();
  readonly #attempts = new Map<string, Attempt>();
  /** Ports of streams that were opened from here. */
  readonly #clients = new LocalPorts<Bound>();

  constructor(site: Site, addresses: HostAddresses, carrier: Carrier) {
    this.#site = site;
    this.#addresses = addresses;
    this.#carrier = carrier;
  }

  async connect(to: Address, listener: StreamListener, timeout: Millis): Promise<Stream> {
    const host = this.#addresses.sourceFor(to);
    const bound: Bound = {
      host,
      port: this.#clients.freePort((candidate) => this.#servers.has(candidate)),
    };
    this.#clients.add(bound);
    const ends = { local: { family: to.family, host, port: bound.port }, remote: to };
    const stream = this.#open(ends, () => {
      this.#clients.remove(bound);
      this.#give(ends, "net/timeout"); // if nobody ever answered
    });
    return new Promise((resolve, reject) => {
      const timer = this.#carrier.clock.after(timeout, () => this.#give(ends, "net/timeout"));
      this.#attempts.set(keyOf(ends), { stream, listener, timer, resolve, reject });
      stream.greet("syn");
    });
  }

  async listen(at: Address, accept: (stream: Stream) => StreamListener): Promise<StreamServer> {
    const host = literalHost(at.host);
    this.#addresses.checkLocal(host);
    const port =
      at.port === 0 ? this.#servers.freePort((candidate) => this.#clients.has(candidate)) : at.port;
    this.#servers.checkFree(host, port);
    const listening = { host, port, accept };
    this.#servers.add(listening);
    return {
      get local() {
        return { family: at.family, host: listening.host, port };
      },
      close: () => {
        this.#servers.remove(listening);
        return Promise.resolve();
      },
    };
  }

  /** A segment has arrived. */
  receive(packet: Packet, segment: Segment): void {
    const ends = { local: packet.to, remote: packet.from };
    const attempt = this.#attempts.get(keyOf(ends));
    const stream = this.#streams.get(keyOf(ends));
    if (attempt !== undefined) this.#answered(ends, attempt, segment);
    else if (stream !== undefined) stream.receive(segment);
    else if (segment.tag === "syn") this.#admit(ends);
    else this.#reset(ends, segment);
  }

  /**
   * The host has another address. Servers bound to the old one move along; a stream cannot: those of the old
   * address end, on this side only.
   */
  move(from: string, to: string): void {
    for (const server of this.#servers) if (server.host === from) server.host = to;
    for (const { stream } of this.#attempts.values()) {
      if (stream.local.host === from) this.#give(stream, "net/unreachable");
    }
    for (const stream of this.#streams.values()) {
      if (stream.local.host === from) stream.fail("net/unreachable");
    }
  }

  #open(ends: PipeEnds, gone: () => void): SimulatedStream {
    const key = keyOf(ends);
    const stream = new SimulatedStream(this.#site, this.#carrier, ends, () => {
      this.#streams.delete(key);
      gone();
    });
    this.#streams.set(key, stream);
    return stream;
  }

  #answered(ends: PipeEnds, attempt: Attempt, segment: Segment): void {
    if (segment.tag !== "syn-ack") {
      if (segment.tag === "rst") this.#give(ends, "net/refused");
      return;
    }
    this.#attempts.delete(keyOf(ends));
    attempt.timer.cancel();
    attempt.stream.listener = attempt.listener;
    attempt.resolve(attempt.stream);
  }

  /** Ends an attempt; a `syn-ack` that still comes is then answered with a reset. */
  #give(ends: PipeEnds, code: NetErrorCode): void {
    const attempt = this.#attempts.get(keyOf(ends));
    this.#attempts.delete(keyOf(ends));
    attempt?.timer.cancel();
    attempt?.stream.fail(code);
    attempt?.reject(new NetError(code, `connecting to ${formatAddress(ends.remote)}: ${code}`));
  }

  #admit(ends: PipeEnds): void {
    const listening = this.#servers.find(ends.local.host, ends.local.port);
    if (listening === undefined) {
      this.#reset(ends, { tag: "syn" });
      return;
    }
    const stream = this.#open(ends, () => {});
    stream.greet("syn-ack");
    stream.listener = listening.accept(stream);
  }

  /** Answers a segment that belongs to no stream. */
  #reset(ends: PipeEnds, segment: Segment): void {
    // A FIN after our own destroy() is the peer's farewell, and two resets would never end.
    if (segment.tag === "rst" || segment.tag === "fin") return;
    new Pipe(this.#site, this.#carrier, ends).push({ tag: "rst" });
  }
}

function keyOf(ends: PipeEnds): string {
  return `${formatAddress(ends.local)} ${formatAddress(ends.remote)}`;
}
