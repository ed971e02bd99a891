import type { Stats } from "node:fs";
import { connect, type Socket } from "node:net";
import process from "node:process";
import { ClientCore } from "../client-core.ts";
import { ControlGone } from "../control-gone.ts";
import type { ControlApi } from "../handlers.ts";
import { LineChannel } from "./line-channel.ts";
import { excessOctets, found, isPipe } from "./socket-path.ts";
import { codeOf } from "./system-error.ts";

/** An agent's answer may be long: a thousand entries of its log. In octets. */
const MAX_ANSWER_OCTETS = 67_108_864;

/** How long an agent is given to introduce itself. */
const HELLO_MS = 5000;

/** What `connectControl` may be given. */
export interface ConnectOptions {
  /** Whether answers are checked with the contract's schemas, which take time to load. Default: true. */
  readonly validate?: boolean;
  /** How long the agent may take to introduce itself, in milliseconds. Default: 5000. */
  readonly timeoutMs?: number;
  /** Told once if the connection ends without `close`. */
  readonly onLost?: (why: Error) => void;
}

/** A connection to the agent. */
export interface ControlConnection extends ControlApi {
  /** Calls under way reject. Idempotent. */
  close(): void;
}

/**
 * Connects to the agent that listens at `path`, and makes sure that it is one.
 * @throws {ControlGone} there is none, or none to be trusted.
 * @throws {ControlError} `busy`: it has too many connections.
 */
export async function connectControl(
  path: string,
  options: ConnectOptions = {},
): Promise<ControlConnection> {
  const { validate = true, timeoutMs = HELLO_MS, onLost } = options;
  distrust(path);
  const signal = AbortSignal.timeout(timeoutMs);
  let isMet = false;
  const tellLost = (why: Error): void => {
    if (isMet) onLost?.(why);
  };
  const client = await clientFor(validate, tellLost);
  const socket = await open(path);
  try {
    client.attach(new LineChannel(socket, { maxLineOctets: MAX_ANSWER_OCTETS }));
    await client.hello({ signal });
    isMet = true;
    return client;
  } catch (error) {
    socket.destroy(); // not `close`, which waits for an agent that may be hung
    client.close();
    throw signal.aborted ? silent(path, timeoutMs) : error;
  }
}

async function clientFor(validate: boolean, onLost: (why: Error) => void): Promise<ClientCore> {
  if (!validate) return new ClientCore({ onLost });
  const { ControlClient } = await import("../client.ts"); // only who wants the schemas waits for them
  return new ControlClient({ onLost });
}

/** Whoever could put a socket there would hear what is meant for the agent: keys, too. */
function distrust(path: string): void {
  if (isPipe(path)) return;
  if (excessOctets(path) > 0) throw untrusted(path, "is too long for a socket");
  const there = lookAt(path);
  if (!there.isSocket()) throw untrusted(path, "is no socket");
  const user = process.getuid?.();
  if (user !== undefined && there.uid !== user && there.uid !== 0) {
    throw untrusted(path, "belongs to another user");
  }
  if ((there.mode & 0o022) !== 0) throw untrusted(path, "can be written to by other users");
}

function lookAt(path: string): Stats {
  let there: Stats | undefined;
  try {
    there = found(path);
  } catch (error) {
    throw goneOf(path, error);
  }
  if (there === undefined) throw notRunning(path);
  return there;
}

function open(path: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ path });
    const fail = (error: Error): void => reject(goneOf(path, error));
    socket.once("error", fail);
    socket.once("connect", () => {
      socket.off("error", fail);
      resolve(socket);
    });
  });
}

function goneOf(path: string, error: unknown): ControlGone {
  switch (codeOf(error)) {
    case "ENOENT":
    case "ENOTDIR":
    case "ECONNREFUSED":
      return notRunning(path, error);
    case "EACCES":
    case "EPERM":
      return new ControlGone("not-allowed", `${path} is another user's agent`, { cause: error });
    case "EAGAIN":
      return new ControlGone("silent", `the agent at ${path} takes no connection`, {
        cause: error,
      });
    default:
      return new ControlGone("lost", `the agent at ${path} cannot be reached`, { cause: error });
  }
}

function notRunning(path: string, cause?: unknown): ControlGone {
  return new ControlGone("not-running", `no agent is running (control socket ${path})`, { cause });
}

function silent(path: string, timeoutMs: number): ControlGone {
  const message = `the agent at ${path} has not answered within ${timeoutMs / 1000} s`;
  return new ControlGone("silent", message);
}

function untrusted(path: string, why: string): ControlGone {
  return new ControlGone("untrusted", `the control socket ${path} ${why}: it is not used`);
}
