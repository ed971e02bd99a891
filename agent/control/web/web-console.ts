import { createServer } from "node:http";
import type { Server } from "node:http";
import type { Channel } from "../channel.ts";
import type { CallOutput } from "../contract.ts";
import { WebConsoleError } from "./console-error.ts";
import { SECRET_OCTETS } from "./console-file.ts";
import { ConsoleSite } from "./console-site.ts";
import { ControlSockets } from "./control-sockets.ts";
import { HttpFront } from "./http-front.ts";
import { listen } from "./listen.ts";
import { LoginCookie } from "./login-cookie.ts";
import { LoginTokens } from "./login-tokens.ts";
import { RefusalLog } from "./refusal.ts";
import type { ConsoleLog } from "./refusal.ts";
import { authorityOf, servedHosts } from "./served-hosts.ts";
import type { LoopbackHost } from "./served-hosts.ts";
import { StaticFiles } from "./static-files.ts";

/** How long things may take, in milliseconds. */
export interface ConsoleTiming {
  /** From the begin of a connection, or of a request, until the request's headers are there. */
  readonly headersMs: number;
  /** Until all of a request is there; not less than `headersMs`. */
  readonly requestMs: number;
  /** How long a connection may neither take nor give anything. */
  readonly idleMs: number;
  /** Between two pings to each page. */
  readonly pingMs: number;
  /** How long peers may take to agree to an end. */
  readonly closeMs: number;
}

/** What the web console is to be. */
export interface WebConsoleOptions {
  /** Where it is wished; 0: any that is free. */
  readonly port: number;
  /** Always this machine: whoever sits elsewhere comes through a tunnel. */
  readonly host?: LoopbackHost;
  /** Whether another port will do when that one cannot be had. */
  readonly allowPortFallback: boolean;
  /** The built interface: `index.html` and `assets/`. It may come later. */
  readonly folder: string;
  /** What signs logins: of `webConsoleSecret`, the same after a restart. */
  readonly secret: Uint8Array;
  /** Called for each page that connects, of a user who has logged in. */
  readonly onChannel: (channel: Channel) => void;
  readonly log: ConsoleLog;
  /** Milliseconds since the Unix epoch. */
  readonly now: () => number;
  /** What is not given has its default. */
  readonly timing?: Partial<ConsoleTiming>;
}

/** A web console that listens. */
export interface WebConsole {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  readonly port: number;
  /** Makes a link that logs one browser in, once, within 15 minutes. */
  loginLink(): CallOutput<"console.link">;
  /** Ends every connection, within a second, and forgets every link. Idempotent. */
  close(): Promise<void>;
}

const TIMING: ConsoleTiming = {
  headersMs: 10_000,
  requestMs: 20_000,
  idleMs: 30_000,
  pingMs: 30_000,
  closeMs: 500,
};

const MAX_CONNECTIONS = 128;
const MAX_HEADERS = 100;
/** Programs on other ports of this machine have their cookies sent here too, so it is not less. */
const MAX_HEADER_OCTETS = 16_384;

/**
 * Serves the user interface to browsers on this machine: its files, a login by a link that works once, and a WebSocket
 * by which its page talks to the agent.
 * @throws {WebConsoleError}
 */
export async function startWebConsole(options: WebConsoleOptions): Promise<WebConsole> {
  const { host = "127.0.0.1", port: wished, allowPortFallback, secret, log } = options;
  if (secret.length < SECRET_OCTETS) {
    const message = `the web console's secret has fewer than ${SECRET_OCTETS} octets`;
    throw new WebConsoleError("console/short-secret", message);
  }
  const timing = { ...TIMING, ...options.timing };
  const server = makeServer(timing);
  const port = await listen(server, { host, port: wished, allowPortFallback });
  if (wished !== 0 && port !== wished) {
    log.warn({ wished, port }, "web console: the wished port cannot be had, took another one");
  }
  return serve(server, { ...options, host, port, timing });
}

function makeServer({ headersMs, requestMs, idleMs }: ConsoleTiming): Server {
  const server = createServer({
    headersTimeout: headersMs,
    requestTimeout: requestMs,
    connectionsCheckingInterval: headersMs / 4,
    maxHeaderSize: MAX_HEADER_OCTETS,
  });
  server.timeout = idleMs;
  server.maxConnections = MAX_CONNECTIONS;
  server.maxHeadersCount = MAX_HEADERS;
  return server;
}

interface ServeOptions extends WebConsoleOptions {
  readonly host: LoopbackHost;
  readonly timing: ConsoleTiming;
}

/** Joins the parts around a server that listens at `options.port`. */
function serve(server: Server, options: ServeOptions): WebConsole {
  const { host, port, secret, folder, onChannel, log, now } = options;
  const { pingMs, closeMs } = options.timing;
  const url = `http://${authorityOf(host, port)}`;
  const tokens = new LoginTokens();
  const refusals = new RefusalLog(log);
  const hosts = servedHosts(host, port);
  const cookie = new LoginCookie(secret, port);
  const files = new StaticFiles(folder);
  const site = new ConsoleSite({ hosts, cookie, tokens, files, now });
  const sockets = new ControlSockets({
    onChannel,
    refusals,
    pingMs,
    closeMs,
    onNoWebSocket: (request) => front.refuseUpgrade(request, "bad-upgrade"),
  });
  const front = new HttpFront(server, { site, sockets, refusals });
  let closing: Promise<void> | undefined;
  const end = (): Promise<void> => {
    tokens.clear();
    sockets.close();
    return closeServer(server, closeMs, () => front.destroyAll());
  };
  return {
    url,
    port,
    loginLink: () => {
      const { text, expiresAtMs } = tokens.make(now());
      const expiresAt = new Date(expiresAtMs).toISOString();
      return { url: `${url}/login?token=${text}`, expiresAt };
    },
    close: () => (closing ??= end()),
  };
}

/** Lets what is under way come to its end for `graceMs`, then calls `destroyAll`. */
function closeServer(server: Server, graceMs: number, destroyAll: () => void): Promise<void> {
  return new Promise((resolve) => {
    const grace = setTimeout(destroyAll, graceMs);
    server.close(() => {
      clearTimeout(grace);
      resolve();
    });
    server.closeIdleConnections();
  });
}
