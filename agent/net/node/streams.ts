import { connect as netConnect, createServer } from "node:net";
import type { Server, Socket } from "node:net";
import { formatAddress, NetError } from "../ports.ts";
import type { Address, Millis, Stream, StreamListener, Streams, StreamServer } from "../ports.ts";
import { nodeClock } from "./clock.ts";
import { netError } from "./fault.ts";
import { systemAddress } from "./system-address.ts";

/** Byte streams of the system. Each direction ends by itself: who hears `end` still has to end its own. */
export const nodeStreams: Streams = { connect, listen };

class NodeStream implements Stream {
  readonly local: Address;
  readonly remote: Address;
  readonly #socket: Socket;

  constructor(socket: Socket, local: Address, remote: Address) {
    this.#socket = socket;
    this.local = local;
    this.remote = remote;
  }

  /** @throws {NetError} `net/closed`, `net/reset`, … */
  write(data: Uint8Array): Promise<void> {
    if (this.#socket.writableEnded || this.#socket.destroyed) {
      // Asking the runtime would also destroy a stream whose other direction still lives.
      const remote = formatAddress(this.remote);
      return Promise.reject(new NetError("net/closed", `writing to ${remote}: already ended`));
    }
    return new Promise((resolve, reject) => {
      this.#socket.write(data, (cause) => {
        if (cause === null || cause === undefined) resolve();
        else reject(netError(cause, `writing to ${formatAddress(this.remote)}`));
      });
    });
  }

  end(): void {
    this.#socket.end();
  }

  destroy(): void {
    this.#socket.destroy();
  }
}

async function connect(to: Address, listener: StreamListener, timeout: Millis): Promise<Stream> {
  const doing = `connecting to ${formatAddress(to)}`;
  const socket = openSocket(to, doing);
  try {
    await connected(socket, timeout, doing);
  } catch (cause) {
    socket.destroy();
    throw netError(cause, doing);
  }
  const local = systemAddress(socket.localAddress ?? "", socket.localPort ?? 0);
  attach(socket, to, listener);
  return new NodeStream(socket, local, to);
}

function openSocket(to: Address, doing: string): Socket {
  try {
    const { host, port, family } = to;
    return netConnect({ host, port, family, allowHalfOpen: true, noDelay: true });
  } catch (cause) {
    throw netError(cause, doing); // a port out of range
  }
}

function connected(socket: Socket, timeout: Millis, doing: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = nodeClock.after(timeout, () =>
      reject(new NetError("net/timeout", `${doing}: no answer within ${timeout} ms`)),
    );
    socket.on("error", (cause) => {
      timer.cancel();
      reject(cause);
    });
    socket.once("connect", () => {
      timer.cancel();
      resolve();
    });
  });
}

function listen(local: Address, accept: (stream: Stream) => StreamListener): Promise<StreamServer> {
  return new Promise((resolve, reject) => {
    const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) =>
      admit(socket, accept),
    );
    const fail = (cause: unknown): void =>
      reject(netError(cause, `listening on ${formatAddress(local)}`));
    server.once("error", fail);
    server.once("listening", () => {
      server.off("error", fail);
      // One connection that could not be accepted (no descriptor left, peer gone) costs only itself.
      server.on("error", () => {});
      resolve(new NodeStreamServer(server));
    });
    try {
      const { host, port, family } = local;
      server.listen({ host, port, ipv6Only: family === 6, exclusive: true });
    } catch (cause) {
      fail(cause); // a port out of range
    }
  });
}

class NodeStreamServer implements StreamServer {
  readonly local: Address;
  readonly #server: Server;

  constructor(server: Server) {
    this.#server = server;
    const bound = server.address();
    if (bound === null || typeof bound === "string") {
      throw new NetError("net/other", "the server is not bound to an IP address");
    }
    this.local = systemAddress(bound.address, bound.port);
  }

  /** Stops listening. Streams that were accepted live on; waiting for their end is not part of it. */
  close(): Promise<void> {
    this.#server.close();
    return Promise.resolve();
  }
}

function admit(socket: Socket, accept: (stream: Stream) => StreamListener): void {
  const { localAddress, localPort, remoteAddress, remotePort } = socket;
  if (
    localAddress === undefined ||
    localPort === undefined ||
    remoteAddress === undefined ||
    remotePort === undefined
  ) {
    socket.on("error", () => {}).destroy(); // the peer went away before it was accepted
    return;
  }
  const remote = systemAddress(remoteAddress, remotePort);
  attach(
    socket,
    remote,
    accept(new NodeStream(socket, systemAddress(localAddress, localPort), remote)),
  );
}

function attach(socket: Socket, remote: Address, listener: StreamListener): void {
  let fault: NetError | undefined;
  socket.on("error", (cause) => (fault = netError(cause, `stream with ${formatAddress(remote)}`)));
  socket.on("data", (data) =>
    listener.data(new Uint8Array(data.buffer, data.byteOffset, data.byteLength)),
  );
  socket.on("end", () => listener.end());
  socket.on("close", () => listener.close(fault));
}
