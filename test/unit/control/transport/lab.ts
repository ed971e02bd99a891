import { once } from "node:events";
import { mkdtempSync, renameSync, rmSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { serveChannel } from "../../../../agent/control/server-connection.ts";
import { ControlListenError } from "../../../../agent/control/transport/listen-error.ts";
import {
  listenControl,
  type ControlListener,
} from "../../../../agent/control/transport/socket-server.ts";
import { nodeClock } from "../../../../agent/net/node/clock.ts";
import { createDouble, type ControlDouble } from "../../../support/control-double.ts";
import { Log, type Heard } from "../lab.ts";

/** Whoever waits for the end of a test. */
export interface Owner {
  after(fn: () => void | Promise<void>): void;
}

/** Why socket tests are skipped; false: they are not. */
export const skip = process.platform === "win32" ? "Windows has no socket files" : false;

/** Why tests that become another user are skipped; false: they are not. */
export const skipUnlessRoot =
  process.getuid?.() === 0 ? false : "only root can become another user";

/** A user that is nobody here. */
export const OTHER_UID = 65_534;

/** A folder for one test. */
export function scratch(owner: Owner): string {
  const folder = mkdtempSync(join(tmpdir(), "mayday-control-"));
  owner.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

/** The double of an agent, listening at a real socket. */
export interface Agent {
  readonly path: string;
  readonly double: ControlDouble;
  readonly log: Log;
  readonly listener: ControlListener;
}

/** Starts one, in a folder of its own unless `path` says where. */
export async function startAgent(
  owner: Owner,
  path = join(scratch(owner), "c.sock"),
): Promise<Agent> {
  const double = createDouble();
  const log = new Log();
  const { handlers } = double;
  const service = {
    handlers,
    events: double,
    right: "admin",
    version: "1.2.3",
    log,
    clock: nodeClock,
  } as const;
  const onChannel = (channel: Parameters<typeof serveChannel>[0]): void =>
    serveChannel(channel, service);
  const listener = await listenControl({ path, onChannel, log });
  owner.after(() => listener.close());
  return { path, double, log, listener };
}

/** Whether an error is a `ControlListenError` with that code. */
export function unlistenable(code: string): (error: unknown) => boolean {
  return (error) => error instanceof ControlListenError && error.code === code;
}

/** Leaves a socket behind at which nobody listens, as an agent that was killed does. */
export async function leaveStale(path: string): Promise<void> {
  const server = createServer().listen(`${path}.x`);
  await once(server, "listening");
  renameSync(`${path}.x`, path);
  server.close();
  await once(server, "close");
}

/** A peer that writes what it likes. */
export class RawPeer {
  readonly socket: Socket;
  readonly heard: Heard[] = [];
  #rest = "";
  #isClosed = false;
  readonly #waiting = new Set<() => void>();

  constructor(socket: Socket) {
    this.socket = socket;
    socket.setEncoding("utf8");
    socket.on("data", (text: string) => this.#take(text));
    socket.on("error", () => {});
    socket.on("close", () => {
      this.#isClosed = true;
      for (const look of this.#waiting) look();
    });
  }

  /** Connected to the socket at `path`. One that `stays` does not end its side when the agent ends. */
  static async connect(owner: Owner, path: string, stays = false): Promise<RawPeer> {
    const socket = connect({ path, allowHalfOpen: stays });
    owner.after(() => void socket.destroy());
    await once(socket, "connect");
    return new RawPeer(socket);
  }

  say(text: string | Uint8Array): void {
    this.socket.write(text);
  }

  /** Says it, and waits until the system has taken all of it. */
  sayAll(text: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.socket.write(text, (error) => {
        if (error === null || error === undefined) resolve();
        else reject(error);
      });
    });
  }

  ask(id: number | string, method: string, params: unknown = {}): void {
    this.say(`${JSON.stringify({ jsonrpc: "2.0", id, method, params })}\n`);
  }

  /** Waits until so many messages were heard in all. */
  async until(count: number): Promise<readonly Heard[]> {
    await this.#wait(() => this.heard.length >= count);
    return this.heard;
  }

  /** Waits for the end of the connection. */
  closed(): Promise<void> {
    return this.#wait(() => this.#isClosed);
  }

  #take(text: string): void {
    const lines = (this.#rest + text).split("\n");
    this.#rest = lines.pop() ?? "";
    for (const line of lines) this.heard.push(JSON.parse(line) as Heard);
    for (const look of this.#waiting) look();
  }

  #wait(isReady: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        if (!isReady() && !this.#isClosed) return;
        this.#waiting.delete(look);
        if (isReady()) resolve();
        else reject(new Error(`the connection ended after ${this.heard.length} messages`));
      };
      this.#waiting.add(look);
      look();
    });
  }
}
