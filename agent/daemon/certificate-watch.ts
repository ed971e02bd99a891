import type { Activity } from "../control/contract.ts";
import type { OwnCertificate } from "../dtls/credentials.ts";
import type { Clock, Millis, Timer } from "../net/ports.ts";
import type { NewActivity } from "../store/agent-store.ts";
import { certificateState, daysLeft } from "./certificate-state.ts";
import { firstOver } from "./credentials.ts";
import { instant } from "./instant.ts";
import type { Ledger } from "./ledger.ts";

/** One of our certificates, and who knows us by it. */
export interface HeldCertificate {
  /** The provider's name. */
  readonly provider: string;
  readonly own: OwnCertificate;
}

const HOUR_MS: Millis = 3_600_000;

/** What was said within a day is not said again; a timer is never quite exact. */
const AGAIN_MS: Millis = 24 * HOUR_MS - HOUR_MS / 2;

/** How far back the log is looked through for what was said. */
const LOOK_BACK = 1_000;

/** Says once a day which certificate is about to be over, or is: also across restarts. */
export class CertificateWatch {
  readonly #clock: Clock;
  readonly #ledger: Ledger;
  readonly #held: () => readonly HeldCertificate[];
  readonly #changed: () => void;
  #timer: Timer | undefined;

  constructor(
    deps: { readonly clock: Clock; readonly ledger: Ledger; readonly changed: () => void },
    held: () => readonly HeldCertificate[],
  ) {
    this.#clock = deps.clock;
    this.#ledger = deps.ledger;
    this.#changed = deps.changed;
    this.#held = held;
  }

  /** Looks now, and every hour from now on. */
  start(): void {
    this.look();
    this.#timer?.cancel();
    this.#timer = this.#clock.after(HOUR_MS, () => this.start());
  }

  /** Says what is to be said. */
  look(): void {
    const now = Math.round(this.#clock.wallTime());
    const bad = this.#held().filter(({ own }) => certificateState(own, now) !== "valid");
    if (bad.length === 0) return;
    const said = this.#said();
    const activities = bad
      .map((held) => newsOf(held, now))
      .filter((news) => said !== undefined && !said.some((one) => isSameNews(one, news)));
    if (activities.length > 0) this.#ledger.note({ activities });
    this.#changed();
  }

  /** Undefined: that cannot be said now. The ledger tells of the store's trouble. */
  #said(): readonly NewActivity[] | undefined {
    try {
      return this.#ledger.read((store) => store.activities(LOOK_BACK));
    } catch {
      return undefined;
    }
  }

  /** Idempotent. */
  stop(): void {
    this.#timer?.cancel();
  }
}

function isSameNews(said: NewActivity, news: NewActivity): boolean {
  const { kind, provider, atMs } = news;
  const isOfToday = Math.abs(atMs - said.atMs) < AGAIN_MS;
  return said.kind === kind && said.provider === provider && isOfToday;
}

function newsOf({ provider, own }: HeldCertificate, atMs: Millis): NewActivity {
  const { subject, notAfter } = firstOver(own);
  const expired = certificateState(own, atMs) === "expired";
  const day = instant(notAfter).slice(0, 10);
  const kind: Activity["kind"] = expired ? "certificate-expired" : "certificate-expiring";
  const which = `The certificate for ${provider}`;
  return {
    atMs,
    kind,
    severity: expired ? "bad" : "warn",
    provider,
    request: null,
    text: expired
      ? `${which} expired on ${day}: it is no longer taken. Ask ${provider} for a new one.`
      : `${which} expires on ${day}, ${inDays(daysLeft(own, atMs))}. Ask ${provider} for a new one.`,
    details: { subject, expiresAt: instant(notAfter) },
  };
}

function inDays(days: number): string {
  if (days === 0) return "within a day";
  return days === 1 ? "in one day" : `in ${days} days`;
}
