import { CoapError } from "../coap/error.ts";
import { DotsClient } from "../dots/client/client.ts";
import type { SignalResult } from "../dots/client/signal-result.ts";
import type { SecurityInfo } from "../dtls/session.ts";
import type { Address, Clock, Millis } from "../net/ports.ts";
import { connect, type ConnectStep } from "./connect.ts";
import type { ConnectFailure } from "./connect-failure.ts";
import { credentialText, cuidOf } from "./credential.ts";
import { refusalOf, silenceOf, type SessionTrouble } from "./heartbeat-trouble.ts";
import type { ProviderEndpoint, SessionDeps } from "./provider-session.ts";

/** Tries a provider out before it is relied on: lookup, handshake, heartbeat, told step by step in plain words. */

/** The steps, in their order. */
export type TestStepName = "resolve" | "handshake" | "heartbeat";

/** How one step of a test went, or that it has begun. */
export interface TestStep {
  readonly step: TestStepName;
  readonly state: "running" | "ok" | "failed" | "skipped";
  /** One line: what was found or what went wrong. */
  readonly text: string;
  /** How long it took; null while it runs, and when it did not. */
  readonly ms: Millis | null;
}

/** How a test went: every step, and the fault when one failed. */
export interface TestOutcome {
  readonly ok: boolean;
  readonly steps: readonly TestStep[];
  readonly fault: SessionTrouble | null;
}

/** The whole test. */
const TEST_MS: Millis = 15_000;

/** Lookup and handshake; the rest is the heartbeat's, which is sent once each and may be lost. */
const CONNECT_MS: Millis = 11_000;
const MOST_HEARTBEATS = 3;

const ORDER: readonly TestStepName[] = ["resolve", "handshake", "heartbeat"];

/**
 * Tries a provider out, within 15 s; nothing of it is left afterwards. Never rejects. `onStep` hears of every step as
 * it begins and ends, and must not throw. When `signal` fires, the test ends as failed.
 */
export async function testProvider(
  deps: SessionDeps,
  provider: ProviderEndpoint,
  onStep: (step: TestStep) => void,
  signal?: AbortSignal,
): Promise<TestOutcome> {
  const { clock } = deps.world;
  const endsAt = clock.now() + TEST_MS;
  const report = new Report(clock, onStep);
  const { host, port, credential } = provider;
  const given = signal === undefined ? {} : { signal };
  const request = { host, port, credential, timeoutMs: CONNECT_MS, ...given };
  const outcome = await connect(deps, request, (told) => tell(report, host, told));
  if (outcome.tag === "given-up") return report.failed(GIVEN_UP);
  if (outcome.tag === "failed") return report.failed(troubleOf(outcome));
  const { dtls } = outcome;
  report.ok(`${securityText(dtls.security)}, ${milliseconds(dtls.handshakeMs)}`);
  report.begin("heartbeat", "waiting for the answer to a heartbeat");
  const cuid = cuidOf(credential, deps.sha256);
  const client = new DotsClient(deps.world, dtls, { cuid, heartbeat: false });
  const stop = (): void => client.close();
  signal?.addEventListener("abort", stop, { once: true });
  try {
    const result = await beat(client, clock, endsAt);
    const fault = refusalOf(result, credentialText(credential));
    if (fault !== undefined) return report.failed(fault);
    report.ok(`the server answers heartbeats, ${milliseconds(result.rttMs)}`);
    return report.passed();
  } catch (error) {
    return report.failed(signal?.aborted === true ? GIVEN_UP : silenceOf(error));
  } finally {
    signal?.removeEventListener("abort", stop);
    client.close();
  }
}

function tell(report: Report, host: string, told: ConnectStep): void {
  if (told.tag === "resolving") {
    report.begin("resolve", `looking up ${host}`);
  } else if (told.tag === "resolved") {
    report.ok(resolvedText(host, told.addresses));
    report.begin("handshake", "agreeing on keys with the server");
  }
}

/** A heartbeat is sent once; on a line that loses, the next one may come through. [RFC 9132 §4.7] */
async function beat(client: DotsClient, clock: Clock, endsAt: Millis): Promise<SignalResult> {
  for (let left = MOST_HEARTBEATS; ; left -= 1) {
    const timeoutMs = (endsAt - clock.now()) / left;
    try {
      return await client.heartbeat({ timeoutMs });
    } catch (error) {
      const silence = error instanceof CoapError && error.code === "coap/timeout";
      if (!silence || left <= 1) throw error;
    }
  }
}

/** Collects the steps, and tells of each. */
class Report {
  readonly #clock: Clock;
  readonly #onStep: (step: TestStep) => void;
  readonly #steps: TestStep[] = [];
  #running: TestStepName = "resolve";
  #since: Millis;

  constructor(clock: Clock, onStep: (step: TestStep) => void) {
    this.#clock = clock;
    this.#onStep = onStep;
    this.#since = clock.now();
  }

  begin(step: TestStepName, text: string): void {
    this.#running = step;
    this.#since = this.#clock.now();
    this.#onStep({ step, state: "running", text, ms: null });
  }

  ok(text: string): void {
    this.#end("ok", text);
  }

  passed(): TestOutcome {
    return { ok: true, steps: this.#steps, fault: null };
  }

  /** The step that runs has failed; those after it are not tried. */
  failed(fault: SessionTrouble): TestOutcome {
    this.#end("failed", fault.message);
    for (const step of ORDER.slice(ORDER.indexOf(this.#running) + 1)) {
      this.#note({ step, state: "skipped", text: "not tried", ms: null });
    }
    return { ok: false, steps: this.#steps, fault };
  }

  #end(state: "ok" | "failed", text: string): void {
    this.#note({ step: this.#running, state, text, ms: this.#clock.now() - this.#since });
  }

  #note(step: TestStep): void {
    this.#steps.push(step);
    this.#onStep(step);
  }
}

function troubleOf({ fault: code, message, hint }: ConnectFailure): SessionTrouble {
  return { code, message, hint };
}

const GIVEN_UP: SessionTrouble = {
  code: "internal",
  message: "the test was given up",
  hint: "Test again.",
};

function resolvedText(host: string, addresses: readonly Address[]): string {
  const hosts = addresses.map((address) => address.host);
  if (hosts.includes(host)) return `${host} is an address, and needs no lookup`;
  return `${host} is ${hosts.join(", ")}`;
}

/** `DTLS 1.2, ECDHE-PSK-AES-128-GCM-SHA256` */
function securityText({ version, cipher }: SecurityInfo): string {
  const suite = cipher.replace(/^TLS_/, "").replace("_WITH_", "_").replaceAll("_", "-");
  return `${version.replace("DTLS", "DTLS ")}, ${suite}`;
}

/** Fine where it is short: 0.4 ms, 23 ms. */
function milliseconds(ms: Millis): string {
  return `${ms < 10 ? ms.toFixed(1) : ms.toFixed(0)} ms`;
}
