/**
 * Handshakes on loopback, one after the other, with our server in a process of its own: how long one takes, and how
 * many a single core that did the work of both ends could do in a second.
 */
import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { dtls } from "node-dtls-client";
import { connectDtls } from "../../agent/dtls/client.ts";
import type { ClientCredentials } from "../../agent/dtls/credentials.ts";
import { MemorySessionStore } from "../../agent/dtls/stored-session.ts";
import { nodeWorld } from "../../agent/net/node/world.ts";
import {
  clientCertificate,
  type LabKey,
  labFiles,
  LAB_KEYS,
  SERVER_NAME,
} from "../support/lab-credentials.ts";
import { ms, quantile, table } from "./figures.ts";
import { type Begin, IDENTITY, KEY, type Ready, type Taken } from "./handshake-messages.ts";

/** Both ends compile their code first. */
const WARM_UP = 150;
/** They take turns, so that whatever else the machine does hits them alike. */
const TURNS = 6;
const HANDSHAKES_A_TURN = 60;
/** Of node-dtls-client's figures. */
const MOST = 1.5;
const TIMEOUT_MS = 5_000;
const psk: ClientCredentials = {
  type: "psk",
  identity: IDENTITY,
  key: new TextEncoder().encode(KEY),
};
const SUITE = "TLS_PSK_WITH_AES_128_GCM_SHA256";

/** One way to shake hands with the server; gives the milliseconds until the session stood. */
interface Contestant {
  readonly what: string;
  readonly keyType: LabKey;
  shake(port: number): Promise<number>;
}

interface Row {
  readonly what: string;
  readonly samples: number;
  readonly p50Ms: number;
  readonly p90Ms: number;
  /** Processor time of one handshake at either end. */
  readonly clientCpuMs: number;
  readonly serverCpuMs: number;
  /** Of both ends on one core. */
  readonly perSecond: number;
}

const world = nodeWorld();

async function theirs(port: number): Promise<number> {
  const startedAt = performance.now();
  const socket = dtls.createSocket({
    type: "udp4",
    address: "127.0.0.1",
    port,
    psk: { [IDENTITY]: KEY },
    ciphers: [SUITE],
    timeout: TIMEOUT_MS,
  });
  await once(socket, "connected");
  const took = performance.now() - startedAt;
  const closed = once(socket, "close");
  socket.close();
  await closed;
  return took;
}

function ours(
  what: string,
  credentials: ClientCredentials,
  suite: string,
  options: { readonly keyType?: LabKey; readonly resumed?: true } = {},
): Contestant {
  const resumption = { store: new MemorySessionStore(), server: what };
  return {
    what: `${what}${options.resumed ? ", resumed" : ""}`,
    keyType: options.keyType ?? "ec-p256",
    shake: async (port) => {
      const startedAt = performance.now();
      const session = await connectDtls(world, {
        to: { family: 4, host: "127.0.0.1", port },
        credentials,
        suites: [suite],
        timeoutMs: TIMEOUT_MS,
        ...(options.resumed ? { resumption } : {}),
      });
      const took = performance.now() - startedAt;
      session.close();
      return took;
    },
  };
}

function contestants(): readonly Contestant[] {
  const certificates = LAB_KEYS.flatMap((keyType) => {
    const kind = keyType === "rsa" ? "RSA" : "ECDSA";
    const suite = `TLS_ECDHE_${kind}_WITH_AES_128_GCM_SHA256`;
    const credentials = clientCertificate(keyType);
    const what = `certificates, ${keyType}`;
    return [
      ours(what, credentials, suite, { keyType }),
      ours(what, credentials, suite, { keyType, resumed: true }),
    ];
  });
  const ecdhe = "TLS_ECDHE_PSK_WITH_AES_128_GCM_SHA256";
  return [
    { what: "node-dtls-client, PSK", keyType: "ec-p256", shake: theirs },
    ours("PSK", psk, SUITE),
    ours("ECDHE_PSK", psk, ecdhe),
    ours("ECDHE_PSK", psk, ecdhe, { resumed: true }),
    ...certificates,
  ];
}

/** The server, in its own process. */
class Server {
  readonly #child: ChildProcess;
  readonly port: number;

  private constructor(child: ChildProcess, port: number) {
    this.#child = child;
    this.port = port;
  }

  static async start(folder: string, keyType: LabKey): Promise<Server> {
    const files = labFiles(folder, SERVER_NAME, keyType);
    const child = fork(join(import.meta.dirname, "handshake-server.ts"), []);
    child.send({ files } satisfies Begin);
    const [{ port }] = (await once(child, "message")) as [Ready];
    return new Server(child, port);
  }

  /** Its processor time so far, in milliseconds. */
  async cpuMs(): Promise<number> {
    this.#child.send("how much?");
    const [{ cpuUs }] = (await once(this.#child, "message")) as [Taken];
    return cpuUs / 1000;
  }

  async stop(): Promise<void> {
    const exited = once(this.#child, "exit");
    this.#child.disconnect();
    await exited;
  }
}

/** What one contestant has shown so far. */
class Score {
  readonly times: number[] = [];
  #clientCpuMs = 0;
  #serverCpuMs = 0;

  async turn({ shake }: Contestant, server: Server): Promise<void> {
    const before = await server.cpuMs();
    const own = process.cpuUsage();
    for (let i = 0; i < HANDSHAKES_A_TURN; i += 1) this.times.push(await shake(server.port));
    const { user, system } = process.cpuUsage(own);
    this.#clientCpuMs += (user + system) / 1000;
    this.#serverCpuMs += (await server.cpuMs()) - before;
  }

  row(what: string): Row {
    const samples = this.times.length;
    const clientCpuMs = this.#clientCpuMs / samples;
    const serverCpuMs = this.#serverCpuMs / samples;
    const perSecond = 1000 / (clientCpuMs + serverCpuMs);
    const [p50Ms, p90Ms] = [quantile(this.times, 0.5), quantile(this.times, 0.9)];
    return { what, samples, p50Ms, p90Ms, clientCpuMs, serverCpuMs, perSecond };
  }
}

async function measure(
  all: readonly Contestant[],
  servers: ReadonlyMap<LabKey, Server>,
): Promise<Row[]> {
  const pairs = all.map((contestant) => {
    const server = servers.get(contestant.keyType);
    if (!server) throw new Error(`no server for ${contestant.what}`);
    return { contestant, server, score: new Score() };
  });
  for (const { contestant, server } of pairs) {
    for (let i = 0; i < WARM_UP; i += 1) await contestant.shake(server.port);
  }
  for (let turn = 0; turn < TURNS; turn += 1) {
    for (const { contestant, server, score } of pairs) await score.turn(contestant, server);
  }
  return pairs.map(({ contestant, score }) => score.row(contestant.what));
}

/** Ours against theirs, both for PSK: over 1 is slower. */
function verdict([other, own]: readonly Row[]): { readonly text: string; readonly ratio: object } {
  const p50 = (own?.p50Ms ?? Number.NaN) / (other?.p50Ms ?? Number.NaN);
  const perSecond = (other?.perSecond ?? Number.NaN) / (own?.perSecond ?? Number.NaN);
  const within = p50 <= MOST && perSecond <= MOST ? "within" : "NOT within";
  const text = `ours to node-dtls-client's: p50 ${p50.toFixed(2)}x, time on a core ${perSecond.toFixed(2)}x; ${within} ${MOST}x`;
  return { text, ratio: { p50, coreTime: perSecond, limit: MOST } };
}

/** `handshake`: full ones and resumed ones, beside node-dtls-client. */
export async function benchHandshake(): Promise<{ figures: unknown; text: string }> {
  const folder = mkdtempSync(join(tmpdir(), "mayday-bench-"));
  const servers = new Map<LabKey, Server>();
  try {
    for (const keyType of LAB_KEYS) servers.set(keyType, await Server.start(folder, keyType));
    const rows = await measure(contestants(), servers);
    const cells = rows.map((row) => [
      row.what,
      String(row.samples),
      ms(row.p50Ms),
      ms(row.p90Ms),
      ms(row.clientCpuMs),
      ms(row.serverCpuMs),
      row.perSecond.toFixed(0),
    ]);
    const head = ["", "samples", "p50", "p90", "client CPU", "server CPU", "a second on a core"];
    const { text, ratio } = verdict(rows);
    const title = "Handshakes on loopback, server in its own process, ms";
    return { figures: { rows, ratio }, text: `${title}\n${table([head, ...cells])}\n${text}` };
  } finally {
    for (const server of servers.values()) await server.stop();
    rmSync(folder, { recursive: true });
  }
}
