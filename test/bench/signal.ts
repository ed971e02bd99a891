/** Latency on loopback against `mayday server` in its own process, with libcoap's client beside it. */
import { execFileSync, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { DotsClient } from "../../agent/dots/client/client.ts";
import { cuidFromPskIdentity } from "../../agent/dots/signal/cuid.ts";
import { mitigationRequest } from "../../agent/dots/signal/requests.ts";
import { connectDtls } from "../../agent/dtls/client.ts";
import { nodeWorld } from "../../agent/net/node/world.ts";
import type { Address } from "../../agent/net/ports.ts";
import { peer } from "../support/peers.ts";
import { ms, quantile, table } from "./figures.ts";

const COLD = 200;
const WARM_UP = 1500;
const WARM = 3000;
const LIBCOAP = 30;
const IDENTITY = "branch";
const KEY = "a key for the benchmark";
const SCOPE = { "target-prefix": ["203.0.113.7/32"], lifetime: 3600 };
const credentials = {
  type: "psk",
  identity: IDENTITY,
  key: new TextEncoder().encode(KEY),
} as const;
const cuid = cuidFromPskIdentity(IDENTITY, (data) => createHash("sha256").update(data).digest());

interface Series {
  readonly what: string;
  readonly samples: number;
  readonly p50Ms: number;
  readonly p90Ms: number;
  readonly p99Ms: number;
}

function series(what: string, times: readonly number[]): Series {
  return {
    what,
    samples: times.length,
    p50Ms: quantile(times, 0.5),
    p90Ms: quantile(times, 0.9),
    p99Ms: quantile(times, 0.99),
  };
}

/** Starts the server that the benchmark runs against. */
async function startServer(folder: string): Promise<{ port: number; stop(): Promise<void> }> {
  writeFileSync(join(folder, "branch.psk"), KEY, { mode: 0o600 });
  const client = { name: IDENTITY, prefixes: ["203.0.113.0/28"], names: [] };
  const psk = { identity: IDENTITY, file: "branch.psk" };
  const config = {
    listen: { udp: "127.0.0.1:0" },
    clients: [{ ...client, psk }],
    mitigator: { plugin: "simulated" },
    state: "server.db",
  };
  const path = join(folder, "server.json");
  writeFileSync(path, JSON.stringify(config));
  const entry = join(import.meta.dirname, "../../agent/cli/mayday.ts");
  const args = [entry, "server", "--config", path, "--log-level", "error"];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  const [line] = (await once(child.stdout, "data")) as [Buffer];
  const ready = JSON.parse(line.toString()) as { udp: string };
  const stop = async (): Promise<void> => {
    const closed = once(child, "close");
    child.kill("SIGTERM");
    await closed;
  };
  return { port: Number(ready.udp.split(":").at(-1)), stop };
}

/** A fresh session and its first request, until the answer is here. */
async function cold(to: Address): Promise<number> {
  const world = nodeWorld();
  const startedAt = performance.now();
  const session = await connectDtls(world, { to, credentials, timeoutMs: 5000 });
  const client = new DotsClient(world, session, { cuid, heartbeat: false });
  const result = await client.requestMitigation(1, SCOPE);
  const took = performance.now() - startedAt;
  client.close();
  if (!result.code.startsWith("2.")) throw new Error(`the server answered ${result.code}`);
  return took;
}

/** Requests on one session, one after the other. */
async function warm(to: Address, count: number): Promise<number[]> {
  const world = nodeWorld();
  const session = await connectDtls(world, { to, credentials, timeoutMs: 5000 });
  const client = new DotsClient(world, session, { cuid, heartbeat: false });
  const times: number[] = [];
  for (let i = 0; i < WARM_UP + count; i += 1) {
    const startedAt = performance.now();
    const result = await client.requestMitigation(1, SCOPE);
    if (i >= WARM_UP) times.push(performance.now() - startedAt);
    if (result.code !== "2.04") throw new Error(`the server answered ${result.code}`);
  }
  client.close();
  return times;
}

/** libcoap's client, start of the process included: it has no other way. */
function libcoap(program: string, port: number, folder: string): number[] {
  const body = join(folder, "body.cbor");
  writeFileSync(body, mitigationRequest({ cuid, mid: 1 }, SCOPE).payload);
  const uri = `coaps://127.0.0.1:${port}/.well-known/dots/mitigate/cuid=${cuid}/mid=1`;
  const args = [
    "-m",
    "put",
    "-N",
    "-t",
    "271",
    "-f",
    body,
    "-u",
    IDENTITY,
    "-k",
    KEY,
    "-B",
    "3",
    uri,
  ];
  return Array.from({ length: LIBCOAP }, () => {
    const startedAt = performance.now();
    execFileSync(program, args, { stdio: "ignore" });
    return performance.now() - startedAt;
  });
}

/** The same with `mayday signal put`, for a like comparison. */
function wholeProcess(port: number, folder: string): number[] {
  const entry = join(import.meta.dirname, "../../agent/cli/mayday.ts");
  const args = [
    entry,
    ..."signal put --mid 1 --target-prefix 203.0.113.7/32 --lifetime 3600 --psk-identity".split(
      " ",
    ),
    IDENTITY,
    "--psk-file",
    join(folder, "branch.psk"),
    "--server",
    `coaps://127.0.0.1:${port}`,
  ];
  return Array.from({ length: 10 }, () => {
    const startedAt = performance.now();
    execFileSync(process.execPath, args, { stdio: "ignore" });
    return performance.now() - startedAt;
  });
}

/** `signal`: cold and warm requests. */
export async function benchSignal(): Promise<{ figures: unknown; text: string }> {
  const folder = mkdtempSync(join(tmpdir(), "mayday-bench-"));
  const server = await startServer(folder);
  try {
    const to = { family: 4, host: "127.0.0.1", port: server.port } as const;
    for (let i = 0; i < 20; i += 1) await cold(to); // both ends compile their code first
    const coldTimes: number[] = [];
    for (let i = 0; i < COLD; i += 1) coldTimes.push(await cold(to));
    const rows = [
      series("cold: handshake and PUT", coldTimes),
      series("warm: PUT", await warm(to, WARM)),
      series("mayday signal put, whole process", wholeProcess(server.port, folder)),
    ];
    for (const build of ["coap-client-openssl", "coap-client-gnutls"]) {
      const { path, skip } = peer(build);
      if (skip !== false) console.error(`signal: ${skip}`);
      else rows.push(series(`${build}, whole process`, libcoap(path, server.port, folder)));
    }
    const cells = rows.map((row) => [
      row.what,
      String(row.samples),
      ms(row.p50Ms),
      ms(row.p90Ms),
      ms(row.p99Ms),
    ]);
    const text = `Loopback, server in its own process, ms\n${table([
      ["", "samples", "p50", "p90", "p99"],
      ...cells,
    ])}`;
    return { figures: rows, text };
  } finally {
    await server.stop();
    rmSync(folder, { recursive: true });
  }
}
