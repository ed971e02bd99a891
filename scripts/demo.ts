/**
 * `npm run demo [-- --json]`: the story so far, on loopback, in one process tree: a practice provider is
 * started, asked for help, watched, told how it goes, and thanked. Everything goes over real sockets and
 * real DTLS. `--json`: one JSON object a line; the last has `"step": "done"`. Exit 0, or 1 at the first
 * step that fails.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import {
  keepMitigation,
  type KeeperEvent,
  type KeptMitigation,
} from "../agent/dots/client/keep-mitigation.ts";
import type { SignalResult } from "../agent/dots/client/signal-result.ts";
import { practiceProvider } from "../agent/provider/practice-provider.ts";
import { openSession, realDeps, type SignalSession } from "../agent/cli/signal-session.ts";
import type { MitigationScope } from "../agent/wire/cbor/types.ts";
import { ROOT } from "./tree.ts";

/** What a step found out: `text` for people, the rest for machines. */
interface Found {
  readonly text: string;
  readonly [detail: string]: unknown;
}

type Granted = Extract<KeeperEvent, { tag: "granted" }>;

const MID = 1;
const SCOPE = {
  "target-prefix": ["203.0.113.7/32"],
  "target-port-range": [{ "lower-port": 443 }],
  "target-protocol": [6],
  /** Seconds; so short that its renewal can be watched. */
  lifetime: 6,
};
/** No step may take longer: what does not come by then will not. */
const PATIENCE_MS = 10_000;

/** Everything the story needs while it is told. */
class Story {
  readonly folder = mkdtempSync(join(tmpdir(), "mayday-demo-"));
  #provider: ChildProcess | undefined;
  #session: SignalSession | undefined;
  #port = 0;
  readonly #granted: Granted[] = [];
  #onGranted: () => void = () => {};
  kept: KeptMitigation | undefined;

  /** The session, once there is one. */
  get session(): SignalSession {
    if (!this.#session) throw new Error("there is no session yet");
    return this.#session;
  }

  async startProvider(): Promise<Found> {
    const entry = join(ROOT, "agent/cli/mayday.ts");
    const args = [entry, "practice", "--json", "--port", "0", "--data-dir", this.folder];
    const provider = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
    this.#provider = provider;
    const [line] = (await within(once(provider.stdout, "data"))) as [Buffer];
    const { udp } = JSON.parse(line.toString()) as { udp: string };
    this.#port = Number(udp.split(":").at(-1));
    return { text: `a practice provider listens on ${udp}`, server: udp };
  }

  async connect(): Promise<Found> {
    const { server, pskIdentity, pskFile } = practiceProvider(this.folder, this.#port);
    const flags = { server, pskIdentity, pskFile, timeout: PATIENCE_MS / 1000 };
    this.#session = await openSession(flags, realDeps(console.error));
    const { security, handshakeMs } = this.#session.dtls;
    const text = `session: ${security.version}, ${security.cipher}, ${handshakeMs.toFixed(0)} ms`;
    return { text, handshakeMs, security };
  }

  /** Asks for the mitigation and keeps it; the first answer. */
  async keep(): Promise<Granted> {
    const { client, clock } = this.session;
    const granted = new Promise<Granted>((resolve, reject) => {
      this.kept = keepMitigation({ clock }, client, { mid: MID, scope: SCOPE }, (event) => {
        if (event.tag === "granted") resolve(this.#note(event));
        else reject(event.tag === "refused" ? refusal(event.result) : event.error);
      });
    });
    return within(granted);
  }

  /** The second answer to what is kept. */
  async renewed(): Promise<Granted> {
    if (this.#granted.length < 2) {
      const again = new Promise<void>((resolve) => {
        this.#onGranted = resolve;
      });
      await within(again);
    }
    const [, second] = this.#granted;
    if (!second) throw new Error("the request was not renewed");
    return second;
  }

  #note(granted: Granted): Granted {
    this.#granted.push(granted);
    if (this.#granted.length > 1) this.#onGranted();
    return granted;
  }

  async end(): Promise<void> {
    this.kept?.stop();
    this.#session?.close();
    const provider = this.#provider;
    if (provider && provider.exitCode === null) {
      const closed = once(provider, "close");
      provider.kill("SIGTERM");
      await closed;
    }
    rmSync(this.folder, { recursive: true, force: true });
  }
}

async function heartbeat({ session }: Story): Promise<Found> {
  const { code, rttMs } = expectAccepted(await session.client.heartbeat());
  return { text: `the provider answers heartbeats (${code}, ${rttMs.toFixed(1)} ms)`, code, rttMs };
}

async function refused({ session }: Story): Promise<Found> {
  const scope = { ...SCOPE, "target-prefix": ["192.88.99.1/32"] };
  const { accepted, code, diagnostic } = await session.client.requestMitigation(MID, scope);
  if (accepted) throw new Error("the provider accepted somebody else's address");
  return { text: `somebody else's address is refused (${code}): ${diagnostic}`, code, diagnostic };
}

/** Asks, and from then on asks again before the lifetime runs out. */
async function request(story: Story): Promise<Found> {
  const { result, lifetimeS } = await story.keep();
  const { code, rttMs, payload } = result;
  const text = `help for 203.0.113.7, TCP port 443, is granted (${code}) for ${lifetimeS} s`;
  return { text, code, rttMs, payload };
}

async function renewal(story: Story): Promise<Found> {
  const { result, lifetimeS } = await story.renewed();
  const { code } = result;
  return { text: `the request was renewed before it ran out (${code}, ${lifetimeS} s)`, code };
}

/** Watches until the provider filters, and its counters have moved twice. */
async function watch({ session }: Story): Promise<Found> {
  const seen: MitigationScope[] = [];
  let settle: (error?: Error) => void = () => {};
  const enough = new Promise<void>((resolve, reject) => {
    settle = (error) => (error ? reject(error) : resolve());
  });
  const note = (result: SignalResult): void => {
    const scope = onlyScope(result);
    if (scope) seen.push(scope);
    if (moving(seen).length >= 2) settle();
  };
  const observation = await session.client.observe(
    { mid: MID },
    { notification: note, unreadable: settle },
  );
  note(observation.first);
  await within(enough);
  await observation.cancel();
  const statuses = [...new Set(seen.map(({ status }) => status))];
  const dropped = moving(seen).map((octets) => octets.toString());
  const last = seen.at(-1);
  const rate = ((Number(last?.["bps-dropped"] ?? 0) * 8) / 1e9).toFixed(1);
  const text = `the provider filters: ${statuses.join(", then ")}; ${rate} Gbit/s dropped`;
  return { text, statuses, "bytes-dropped": dropped };
}

/** The counter's values as it grew. */
function moving(seen: readonly MitigationScope[]): bigint[] {
  const values = seen
    .filter(({ status }) => status === "attack-successfully-mitigated")
    .map((scope) => BigInt(scope["bytes-dropped"] ?? "0"));
  return values.filter((value, i) => value > (values[i - 1] ?? 0n));
}

async function efficacy({ session }: Story): Promise<Found> {
  const status = "attack-successfully-mitigated";
  const { code } = expectAccepted(await session.client.efficacy(MID, SCOPE, status));
  return { text: `the provider is told that it helps (${code})`, code, "attack-status": status };
}

async function withdraw({ session, kept }: Story): Promise<Found> {
  kept?.stop();
  const { code } = expectAccepted(await session.client.withdraw(MID));
  const after = await session.client.getMitigations({ mid: MID });
  const status = onlyScope(after)?.status;
  return { text: `the request is withdrawn (${code}); its status is now ${status}`, code, status };
}

function expectAccepted(result: SignalResult): SignalResult {
  if (result.accepted) return result;
  throw refusal(result);
}

function refusal({ code, diagnostic = "" }: SignalResult): Error {
  return new Error(`the provider refused: ${code} ${diagnostic}`);
}

function onlyScope({ payload }: SignalResult): MitigationScope | undefined {
  return payload?.["ietf-dots-signal-channel:mitigation-scope"]?.scope[0];
}

async function within<T>(promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`nothing within ${PATIENCE_MS} ms`)), PATIENCE_MS);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

const STEPS: readonly (readonly [string, (story: Story) => Promise<Found>])[] = [
  ["provider", (story) => story.startProvider()],
  ["session", (story) => story.connect()],
  ["heartbeat", heartbeat],
  ["refusal", refused],
  ["request", request],
  ["status", watch],
  ["renewal", renewal],
  ["efficacy", efficacy],
  ["withdrawal", withdraw],
];

/** Tells the story; whether every step went well. */
async function tell(json: boolean): Promise<boolean> {
  const story = new Story();
  const startedAt = performance.now();
  const say = (step: string, ok: boolean, { text, ...details }: Found): void => {
    const atMs = Math.round(performance.now() - startedAt);
    if (json) console.log(JSON.stringify({ step, ok, atMs, text, ...details }));
    else console.log(`${(atMs / 1000).toFixed(1).padStart(5)} s  ${ok ? "✓" : "✗"} ${text}`);
  };
  try {
    for (const [step, tellStep] of STEPS) {
      try {
        say(step, true, await tellStep(story));
      } catch (error) {
        const text = error instanceof Error ? error.message : String(error);
        say(step, false, { text });
        say("done", false, { text: `the demo ended at the step "${step}"` });
        return false;
      }
    }
  } finally {
    await story.end();
  }
  say("done", true, { text: "done; nothing is left running" });
  return true;
}

process.exitCode = (await tell(process.argv.includes("--json"))) ? 0 : 1;
