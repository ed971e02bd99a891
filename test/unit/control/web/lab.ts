/** A web console on a real port of this machine, and requests to it octet by octet. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { WebSocket } from "ws";
import type { Channel } from "../../../../agent/control/channel.ts";
import type { ControlLogFields } from "../../../../agent/control/control-log.ts";
import {
  startWebConsole,
  type WebConsole,
  type WebConsoleOptions,
} from "../../../../agent/control/web/web-console.ts";

export const SECRET = new Uint8Array(32).fill(7);
export const SCRIPT = `console.log("${"mayday ".repeat(400)}");`;

/** An answer as it came. */
export interface Reply {
  readonly status: number;
  /** By their names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Buffer;
}

export interface LogLine {
  readonly level: "info" | "warn" | "error";
  readonly fields: ControlLogFields;
  readonly message: string;
}

export interface Lab {
  readonly web: WebConsole;
  /** `127.0.0.1:PORT` */
  readonly authority: string;
  readonly folder: string;
  readonly lines: readonly LogLine[];
  /** The console's wall clock, in milliseconds. */
  readonly time: { now: number };
  /** Sends a request with a right `Host`; a header of undefined is left away. */
  ask(target: string, headers?: Headers, method?: string): Promise<Reply>;
  /** Follows a new link, and gives the cookie as a browser sends it. */
  logIn(): Promise<string>;
  /** Opens a WebSocket as the console's page does. */
  open(headers: Headers): WebSocket;
  /** The next channel that was not taken yet. */
  channel(): Promise<Channel>;
}

export type Headers = Readonly<Record<string, string | undefined>>;

/** A folder of its own for one test. */
export function scratch(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "mayday-web-"));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

/** A built interface. */
export function builtFolder(t: TestContext): string {
  const folder = join(scratch(t), "renderer");
  mkdirSync(join(folder, "assets"), { recursive: true });
  writeFileSync(join(folder, "index.html"), "<!doctype html><title>Mayday</title>");
  writeFileSync(join(folder, "assets", "index-B3x_8kQa.js"), SCRIPT);
  writeFileSync(join(folder, "mark.svg"), "<svg/>");
  return folder;
}

export async function startLab(
  t: TestContext,
  options: Partial<WebConsoleOptions> = {},
): Promise<Lab> {
  const folder = options.folder ?? builtFolder(t);
  const lines: LogLine[] = [];
  const time = { now: Date.UTC(2030, 0, 1) };
  const arrived: Channel[] = [];
  const awaited: Array<(channel: Channel) => void> = [];
  const note = (level: LogLine["level"]) => (fields: ControlLogFields, message: string) =>
    void lines.push({ level, fields, message });
  const web = await startWebConsole({
    port: 0,
    allowPortFallback: false,
    folder,
    secret: SECRET,
    onChannel: (channel) => {
      const waiting = awaited.shift();
      if (waiting === undefined) arrived.push(channel);
      else waiting(channel);
    },
    log: { info: note("info"), warn: note("warn"), error: note("error") },
    now: () => time.now,
    ...options,
  });
  t.after(() => web.close());
  const authority = new URL(web.url).host;
  const ask: Lab["ask"] = (target, headers = {}, method = "GET") =>
    exchange(web.port, requestText(method, target, { Host: authority, ...headers }));
  return {
    web,
    authority,
    folder,
    lines,
    time,
    ask,
    logIn: async () => cookieOf(await ask(pathOf(web.loginLink().url))),
    open: (headers) => {
      const all = { Origin: web.url, ...headers };
      const given = Object.entries(all).filter(([, value]) => value !== undefined);
      return new WebSocket(`ws://${authority}/control`, { headers: Object.fromEntries(given) });
    },
    channel: () => {
      const [channel] = arrived.splice(0, 1);
      if (channel !== undefined) return Promise.resolve(channel);
      return new Promise((resolve) => {
        awaited.push(resolve);
      });
    },
  };
}

/** The request's text, asking for an end of the connection after the answer. */
export function requestText(method: string, target: string, headers: Headers): string {
  const lines = Object.entries({ Connection: "close", ...headers })
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}: ${value}\r\n`);
  return `${method} ${target} HTTP/1.1\r\n${lines.join("")}\r\n`;
}

/** Sends octets as they are, and reads one answer up to the connection's end. */
export async function exchange(port: number, text: string): Promise<Reply> {
  const socket = connect(port, "127.0.0.1");
  socket.write(text);
  return parseReply(await untilEnd(socket));
}

/** All that still comes from a socket. */
export async function untilEnd(socket: Socket): Promise<Buffer> {
  const chunks: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => chunks.push(chunk));
  socket.on("error", () => {}); // the peer may end it harshly; "close" follows
  await new Promise<void>((resolve) => {
    socket.on("close", () => resolve());
  });
  return Buffer.concat(chunks);
}

/** @throws {Error} no answer came. */
export function parseReply(octets: Buffer): Reply {
  const end = octets.indexOf("\r\n\r\n");
  const [first = "", ...lines] = octets.subarray(0, Math.max(0, end)).toString().split("\r\n");
  const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(first)?.[1]);
  if (Number.isNaN(status)) throw new Error(`no answer: ${octets.toString()}`);
  const headers = lines.map((line) => {
    const colon = line.indexOf(":");
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const;
  });
  return { status, headers: new Map(headers), body: octets.subarray(end + 4) };
}

/** The name and value of the cookie that an answer sets; empty: it sets none. */
export function cookieOf(reply: Reply): string {
  return reply.headers.get("set-cookie")?.split(";")[0] ?? "";
}

/** The target of a request for a URL. */
export function pathOf(url: string): string {
  const { pathname, search } = new URL(url);
  return pathname + search;
}
