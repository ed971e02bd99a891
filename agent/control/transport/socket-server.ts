import { chmodSync, renameSync, rmSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import process from "node:process";
import { MAX_MESSAGE_OCTETS, type Channel } from "../channel.ts";
import type { ControlLog } from "../control-log.ts";
import { formatError, rpcErrorOf, TOO_LONG } from "../rpc.ts";
import { LineChannel } from "./line-channel.ts";
import { ControlListenError } from "./listen-error.ts";
import { excessOctets, found, isAnswered, isPipe, nameBeside } from "./socket-path.ts";
import { withStartLock } from "./start-lock.ts";
import { codeOf } from "./system-error.ts";

/** How many connections are served at once. */
export const MAX_CONNECTIONS = 64;

/** Sockets that are open in all: some more, so that one too many is told why it is not served. */
const MAX_SOCKETS = 2 * MAX_CONNECTIONS;

/** How long a socket that is there already is given to answer. */
const PROBE_MS = 1000;

/** What `listenControl` needs. */
export interface ListenOptions {
  /** A Unix socket in a folder that is the user's alone, or a Windows named pipe. */
  readonly path: string;
  /** Owns each new channel. */
  readonly onChannel: (channel: Channel) => void;
  readonly log: ControlLog;
}

/** A control socket that is listened at. */
export interface ControlListener {
  readonly path: string;
  /** Ends all its channels and takes the socket away. Idempotent. */
  close(): Promise<void>;
}

/**
 * Listens to the agent's clients. Only this user can connect, from the first moment on: the socket is made under
 * another name and moved to its place when it is ready. One that is left from an agent that is no more is replaced; of
 * several agents that start at the same time one wins.
 * @throws {ControlListenError}
 */
export async function listenControl(options: ListenOptions): Promise<ControlListener> {
  const { path } = options;
  const excess = excessOctets(path);
  if (excess > 0) {
    throw new ControlListenError("bad-path", `${path} is ${excess} octets too long for a socket`, {
      hint: "Choose a shorter place for the control socket: $MAYDAY_CONTROL.",
    });
  }
  const listener = new SocketListener(options);
  try {
    if (isPipe(path)) await listener.bind(path);
    else await withStartLock(`${path}.lock`, () => takePlace(listener, path));
  } catch (error) {
    await listener.close();
    throw faultOf(path, error);
  }
  return listener;
}

async function takePlace(listener: SocketListener, path: string): Promise<void> {
  const there = found(path);
  if (there !== undefined && !there.isSocket()) {
    throw new ControlListenError("bad-path", `${path} is there already and is no socket`, {
      hint: "Move it away, or choose another place for the control socket: $MAYDAY_CONTROL.",
    });
  }
  if (there !== undefined && (await isAnswered(path, PROBE_MS))) throw inUse(path);
  const temporary = nameBeside(path);
  await listener.bind(temporary);
  listener.moveTo(path, temporary);
}

function inUse(path: string, cause?: unknown): ControlListenError {
  const message = `an agent is running already (control socket ${path})`;
  return new ControlListenError("in-use", message, { cause });
}

function faultOf(path: string, error: unknown): ControlListenError {
  if (error instanceof ControlListenError) return error;
  const code = codeOf(error);
  if (code === "EADDRINUSE") return inUse(path, error);
  const isRefused = code === "EACCES" || code === "EPERM" || code === "EROFS";
  const why = error instanceof Error ? error.message : String(error);
  const message = `the control socket ${path} cannot be made: ${why}`;
  const hint = "Choose another place for the control socket: $MAYDAY_CONTROL.";
  return new ControlListenError(isRefused ? "not-allowed" : "failed", message, {
    hint,
    cause: error,
  });
}

class SocketListener implements ControlListener {
  readonly path: string;
  readonly #options: ListenOptions;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #channels = new Map<Socket, Channel>();
  /** Which file is ours. */
  #inode: number | undefined;
  #closing: Promise<void> | undefined;
  #hasWarned = false;

  constructor(options: ListenOptions) {
    this.path = options.path;
    this.#options = options;
    // A script may send its calls, end its side and still read the answers.
    this.#server = createServer({ allowHalfOpen: true }, (socket) => this.#admit(socket));
  }

  /** @throws {Error} the system's. */
  bind(path: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.once("listening", () => {
        this.#server.off("error", reject);
        // One connection that cannot be accepted costs only itself.
        this.#server.on("error", (error) => this.#warn(codeOf(error) ?? "unknown"));
        resolve();
      });
      // The socket is made before `listen` returns. Other threads may make files meanwhile: none of theirs is harmed
      // by being private.
      const mask = isPipe(path) ? undefined : process.umask(0o077);
      try {
        this.#server.listen({ path });
      } finally {
        if (mask !== undefined) process.umask(mask);
      }
    });
  }

  /** Gives the socket its place, in one step for whoever connects. */
  moveTo(path: string, temporary: string): void {
    try {
      chmodSync(temporary, 0o600);
      this.#inode = found(temporary)?.ino;
      renameSync(temporary, path);
    } catch (error) {
      this.#inode = undefined;
      rmSync(temporary, { force: true });
      throw error;
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    // First, so that whoever starts now finds either a listener or nothing.
    if (this.#inode !== undefined && found(this.path)?.ino === this.#inode) {
      rmSync(this.path, { force: true });
    }
    for (const channel of this.#channels.values()) channel.close();
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve()); // also where it never listened
    });
  }

  #admit(socket: Socket): void {
    if (this.#sockets.size >= MAX_SOCKETS) {
      socket.on("error", () => {}).destroy();
      return;
    }
    this.#sockets.add(socket);
    socket.once("close", () => {
      this.#sockets.delete(socket);
      this.#channels.delete(socket);
    });
    const tooLong = formatError(null, TOO_LONG);
    const channel = new LineChannel(socket, { maxLineOctets: MAX_MESSAGE_OCTETS, tooLong });
    if (this.#channels.size >= MAX_CONNECTIONS) {
      this.#warn("busy");
      channel.send(formatError(null, TOO_MANY));
      channel.close();
      return;
    }
    this.#channels.set(socket, channel);
    this.#options.onChannel(channel);
  }

  /** Once: whoever connects without end must not fill the log. */
  #warn(why: string): void {
    if (this.#hasWarned) return;
    this.#hasWarned = true;
    this.#options.log.warn({ why }, "a connection to the control socket was turned away");
  }
}

const TOO_MANY = rpcErrorOf(
  "busy",
  `${MAX_CONNECTIONS} connections to the agent are open`,
  "Close one of them first.",
);
