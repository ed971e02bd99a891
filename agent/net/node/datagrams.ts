import { createSocket } from "node:dgram";
import type { RemoteInfo, Socket } from "node:dgram";
import { sameAddress, socketFamily } from "../address.ts";
import { formatAddress, NetError } from "../ports.ts";
import type { Address, DatagramListener, Datagrams, DatagramSocket } from "../ports.ts";
import { netError } from "./fault.ts";
import { systemAddress } from "./system-address.ts";

/** An attack's burst must fit while the loop is busy; the system allocates only what is in use. */
const RECEIVE_BUFFER = 4 * 1024 * 1024;
const SEND_BUFFER = 1024 * 1024;

type Options = Parameters<Datagrams["bind"]>[0];

/** Datagram sockets of the system. An IPv6 socket is IPv6 only: bind a second one for IPv4. */
export const nodeDatagrams: Datagrams = { bind };

async function bind(options: Options, listener: DatagramListener): Promise<DatagramSocket> {
  const { local, remote } = options;
  const family = socketFamily(options);
  const socket = openSocket(family);
  try {
    if (local !== undefined) checkPort(local); // the runtime would cut it to 16 bits
    const at = local ?? { family, host: family === 6 ? "::" : "0.0.0.0", port: 0 };
    await started(socket, "listening", `binding ${formatAddress(at)}`, () =>
      socket.bind({ port: at.port, address: at.host, exclusive: true }),
    );
    if (remote !== undefined) {
      await started(socket, "connect", `connecting to ${formatAddress(remote)}`, () =>
        socket.connect(remote.port, remote.host),
      );
    }
  } catch (cause) {
    socket.close();
    throw cause;
  }
  return new NodeDatagramSocket(socket, remote, listener);
}

function checkPort(at: Address): void {
  if (at.port >= 0 && at.port <= 65_535) return;
  throw new NetError("net/other", `${formatAddress(at)}: the port is out of range`);
}

function openSocket(family: 4 | 6): Socket {
  const socket = createSocket({
    type: family === 6 ? "udp6" : "udp4",
    ipv6Only: family === 6,
    // Only literals come here. Answered at once, so that what is sent just before close() still goes out.
    lookup: (host, _options, answer) => answer(null, host, family),
  });
  return socket.on("error", () => {}); // a fault that comes while nobody listens must not end the process
}

/** Runs `start` and waits for `event`, or for the fault that came instead. */
function started(
  socket: Socket,
  event: "listening" | "connect",
  doing: string,
  start: () => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (cause?: unknown): void => {
      socket.off("error", settle).off(event, succeed);
      if (cause === undefined) resolve();
      else reject(netError(cause, doing));
    };
    const succeed = (): void => settle();
    socket.on("error", settle).on(event, succeed);
    try {
      start();
    } catch (cause) {
      settle(cause);
    }
  });
}

class NodeDatagramSocket implements DatagramSocket {
  readonly local: Address;
  readonly #socket: Socket;
  readonly #remote: Address | undefined;
  readonly #listener: DatagramListener;
  #closed = false;

  constructor(socket: Socket, remote: Address | undefined, listener: DatagramListener) {
    this.#socket = socket;
    this.#remote = remote;
    this.#listener = listener;
    const bound = socket.address();
    this.local = systemAddress(bound.address, bound.port);
    enlargeBuffers(socket);
    socket.on("message", (data, from) => this.#receive(data, from));
    socket.on("error", (cause) => this.#fault(cause, "receiving"));
  }

  send(data: Uint8Array, to: Address): void {
    if (this.#closed) return;
    const doing = `sending to ${formatAddress(to)}`;
    const wrong = this.#cannotSend(to);
    if (wrong !== undefined) {
      this.#faultLater(wrong, doing);
      return;
    }
    const sent = (cause: Error | null): void => {
      if (cause !== null) this.#fault(cause, doing);
    };
    try {
      if (this.#remote === undefined) this.#socket.send(data, to.port, to.host, sent);
      else this.#socket.send(data, sent);
    } catch (cause) {
      this.#faultLater(cause, doing);
    }
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#socket.close();
  }

  #cannotSend(to: Address): NetError | undefined {
    if (to.family !== this.local.family) {
      return new NetError("net/unreachable", `${formatAddress(to)}: not this socket's family`);
    }
    if (this.#remote === undefined || sameAddress(to, this.#remote)) return undefined;
    const peer = formatAddress(this.#remote);
    return new NetError("net/other", `${formatAddress(to)}: the socket is connected to ${peer}`);
  }

  #receive(data: Uint8Array, info: RemoteInfo): void {
    const from = systemAddress(info.address, info.port);
    // What a stranger sent between bind and connect is still in the queue.
    if (this.#closed || (this.#remote !== undefined && !samePeer(from, this.#remote))) return;
    this.#listener.message(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), from);
  }

  #fault(cause: unknown, doing: string): void {
    if (!this.#closed) this.#listener.error(netError(cause, doing));
  }

  /** Faults found within `send` are reported after it, as those of the system are. */
  #faultLater(cause: unknown, doing: string): void {
    process.nextTick(() => this.#fault(cause, doing));
  }
}

/** A zone has two spellings, a name and a number: it is left out. */
function samePeer(a: Address, b: Address): boolean {
  return a.port === b.port && withoutZone(a.host) === withoutZone(b.host);
}

function withoutZone(host: string): string {
  const percent = host.indexOf("%");
  return percent < 0 ? host : host.slice(0, percent);
}

function enlargeBuffers(socket: Socket): void {
  try {
    socket.setRecvBufferSize(RECEIVE_BUFFER);
    socket.setSendBufferSize(SEND_BUFFER);
  } catch {
    // Some systems refuse more than their limit instead of granting the limit: theirs stays.
  }
}
