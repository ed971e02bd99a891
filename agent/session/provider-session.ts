import type { DotsClient } from "../dots/client/client.ts";
import type { Sha256 } from "../dots/signal/cuid.ts";
import type { BeatOutcome } from "../dots/signal/heartbeat-driver.ts";
import { DEFAULT_HEARTBEAT, type HeartbeatConfig } from "../dots/signal/heartbeat.ts";
import type { ClientCredentials } from "../dtls/credentials.ts";
import type { SessionStore } from "../dtls/resumption.ts";
import { DtlsError, type DtlsSession } from "../dtls/session.ts";
import {
  formatAddress,
  type Address,
  type Clock,
  type Millis,
  type Timer,
  type World,
} from "../net/ports.ts";
import { ClientLink } from "./client-link.ts";
import { cuidOf } from "./credential.ts";
import { HeartbeatRecord } from "./heartbeat-record.ts";
import { awaitAnswer } from "./late-answer.ts";
import { ServerTries, type Server, type TryOutcome } from "./server-tries.ts";
import type { SessionFault } from "./session-fault.ts";
import type { SessionView } from "./session-view.ts";
import {
  INITIAL_SUPERVISOR,
  step,
  type SupervisorEffect,
  type SupervisorInput,
  type SupervisorState,
} from "./supervisor-machine.ts";
import { WallTime } from "./wall-time.ts";

/** What a session needs of the outside. */
export interface SessionDeps {
  readonly world: World;
  /** All addresses of a host, most preferred first. @throws {NetError} it has none, or nobody could say */
  resolve(host: string, port: number): Promise<readonly Address[]>;
  readonly sha256: Sha256;
  /** Where sessions are kept to go on with, each by its provider's `sessionName`; none unless told. */
  readonly sessions?: SessionStore | undefined;
  /** Takes the lines of a key log: whoever has them can read the sessions. */
  readonly keyLog?: ((line: string) => void) | undefined;
}

/** A provider's DOTS server, and who we are there. */
export interface ProviderEndpoint {
  /** A name or an IP literal, without brackets. */
  readonly host: string;
  readonly port: number;
  readonly credential: ClientCredentials;
  /** What names the server together with the credential among those of `SessionDeps.sessions`. */
  readonly sessionName?: string;
  /** The recommended values unless told. [RFC 9132 Appendix C] */
  readonly heartbeat?: HeartbeatConfig;
}

/** What a session tells its owner, until `close` is called. None may throw. */
export interface SessionListener {
  /**
   * Where there is no session, one is about to stand: a request goes along with the end of its handshake. Only the latest
   * does. Then `up` comes, mostly with the same client, or `down`. [RFC 7918]
   */
  early?(client: DotsClient): void;
  /** A session stands, also in place of another: the client before it is void. */
  up(client: DotsClient): void;
  /** The session is gone, or will not be; there is no client now. */
  down(): void;
  /** The view changed; bursts come as one. */
  changed(): void;
}

/** One session with one provider, kept up until it is closed. */
export interface ProviderSession {
  readonly view: SessionView;
  /**
   * What to send requests by. A server that fell silent keeps its client, though the view says `connecting` or
   * `down`: on a saturated line requests still arrive while nothing comes back. [RFC 9132 §4.7]
   */
  readonly client: DotsClient | undefined;
  /** Somebody asks now: tries at once when no session answers, at most once a second. */
  kick(): void;
  /**
   * A person waits for this answer to a request on the session in use. If it takes long there, a new session is tried
   * beside it at once, and takes its place unless the answer comes first. [RFC 9132 §4.7]
   */
  hurry(answer: Promise<unknown>): void;
  /** A request got no answer: is the session still good? */
  unanswered(): void;
  /** Says goodbye; resolves within a second. Idempotent. */
  close(): Promise<void>;
}

/** Connects, and keeps the session up until `close`. Nothing is told before it has returned. */
export function openProviderSession(
  deps: SessionDeps,
  provider: ProviderEndpoint,
  listener: SessionListener,
): ProviderSession {
  return new SupervisedSession(deps, provider, listener);
}

/** A try that is given up has so long to release what it holds. */
const FAREWELL_MS: Millis = 900;

interface Fault {
  readonly code: SessionFault;
  readonly message: string;
}

/** Joins the supervisor machine to a clock, to handshakes and to clients. */
class SupervisedSession implements ProviderSession {
  readonly #deps: SessionDeps;
  readonly #clock: Clock;
  readonly #provider: ProviderEndpoint;
  readonly #listener: SessionListener;
  readonly #heartbeat: HeartbeatConfig;
  readonly #wall: WallTime;
  readonly #record: HeartbeatRecord;
  readonly #tries: ServerTries;
  #state: SupervisorState = INITIAL_SUPERVISOR;
  #since: Millis;
  #fault: Fault | undefined;
  #link: ClientLink | undefined;
  /** On the session that a try is about to make. */
  #early: ClientLink | undefined;
  /** What a try has made, until the machine adopts it. */
  #fresh: DtlsSession | undefined;
  #retry: Timer | undefined;
  #nextTryAt: Millis | undefined;
  #news: Timer | undefined;

  constructor(deps: SessionDeps, provider: ProviderEndpoint, listener: SessionListener) {
    this.#deps = deps;
    this.#clock = deps.world.clock;
    this.#provider = provider;
    this.#listener = listener;
    this.#heartbeat = provider.heartbeat ?? DEFAULT_HEARTBEAT;
    this.#wall = new WallTime(this.#clock);
    this.#record = new HeartbeatRecord(this.#clock, this.#wall, this.#heartbeat.intervalMs);
    this.#tries = new ServerTries(deps, serverOf(deps, provider), {
      maySend: (dtls) => this.#lend(dtls),
      ended: (outcome) => this.#tried(outcome),
    });
    this.#since = this.#clock.now();
    this.#apply({ tag: "due", at: this.#since });
  }

  get client(): DotsClient | undefined {
    return this.#link?.client;
  }

  get view(): SessionView {
    const link = this.#link;
    return {
      state: this.#state.tag,
      sinceMs: this.#wall.of(this.#since),
      server: serverText(this.#provider),
      address: link === undefined ? null : formatAddress(link.dtls.peer),
      security: link === undefined ? null : securityOf(link.dtls),
      rttMs: link?.client.rttMs ?? null,
      heartbeat: this.#record.view(link?.client),
      fault: this.#fault ?? null,
      nextTryAtMs: this.#nextTryAt === undefined ? null : this.#wall.of(this.#nextTryAt),
    };
  }

  kick(): void {
    this.#apply({ tag: "kick", at: this.#clock.now() });
  }

  hurry(answer: Promise<unknown>): void {
    const link = this.#link;
    const rttMs = link?.client.rttMs;
    if (rttMs === undefined) return; // nothing was answered on this session yet: it has only just come up
    const apply = (input: SupervisorInput): void => {
      if (this.#link === link) this.#apply(input);
    };
    awaitAnswer(this.#clock, answer, rttMs, {
      late: () => apply({ tag: "late", at: this.#clock.now() }),
      came: () => apply({ tag: "answered" }),
    });
  }

  unanswered(): void {
    this.#apply({ tag: "unanswered", at: this.#clock.now() });
  }

  close(): Promise<void> {
    this.#apply({ tag: "close" });
    return this.#tries.released(FAREWELL_MS);
  }

  #apply(input: SupervisorInput): void {
    const before = this.#state;
    const [state, effects] = step(before, input);
    this.#state = state;
    // Tries come and go; the trouble that they are about does not begin anew with each.
    if ((state.tag === "active") !== (before.tag === "active")) this.#since = this.#clock.now();
    if (state.tag === "active") this.#fault = undefined;
    for (const effect of effects) this.#carryOut(effect);
    if (state !== before) this.#changed();
  }

  #carryOut(effect: SupervisorEffect): void {
    switch (effect.tag) {
      case "try":
        return this.#try(effect);
      case "abandon":
        return this.#tries.abandon();
      case "arm":
        return this.#arm(effect.delayMs);
      case "disarm":
        return this.#disarm();
      case "adopt":
        return this.#adopt();
      case "probe":
        return this.#link?.beat();
      case "drop":
        return this.#drop();
      case "end":
        return this.#end();
      default:
        effect satisfies never;
    }
  }

  #arm(delayMs: Millis): void {
    this.#disarm();
    this.#nextTryAt = this.#clock.now() + delayMs;
    this.#retry = this.#clock.after(delayMs, () => {
      this.#disarm();
      this.#apply({ tag: "due", at: this.#clock.now() });
    });
  }

  #disarm(): void {
    this.#retry?.cancel();
    this.#retry = undefined;
    this.#nextTryAt = undefined;
  }

  #try({ again, beside }: Extract<SupervisorEffect, { readonly tag: "try" }>): void {
    const early = !beside && this.#fault?.code !== "key-refused";
    this.#tries.begin({ keyAccepted: again, underAttack: beside, early });
  }

  /** What is wanted need not wait for the server's last word, nor be lost with our own. */
  #lend(dtls: DtlsSession): void {
    this.#early = this.#linkOn(dtls);
    this.#listener.early?.(this.#early.client);
  }

  #tried(outcome: TryOutcome): void {
    const at = this.#clock.now();
    if (outcome.tag === "session") {
      this.#fresh = outcome.dtls;
      this.#apply({ tag: "up", at });
    } else {
      this.#recall();
      const { fault, message } = outcome;
      this.#fault = { code: fault, message };
      this.#apply({ tag: "failed", at, fault, jitter: this.#jitter() });
    }
  }

  /** The new one before the end of the old one: there is always one to send a request by. */
  #adopt(): void {
    const dtls = this.#fresh;
    this.#fresh = undefined;
    if (dtls === undefined) return;
    const [before, early] = [this.#link, this.#early];
    this.#early = undefined;
    const link = early?.dtls === dtls ? early : this.#linkOn(dtls);
    this.#replace(link);
    this.#listener.up(link.client);
    if (early !== link) early?.close(); // another address was faster
    before?.close();
    link.open();
  }

  #linkOn(dtls: DtlsSession): ClientLink {
    const cuid = cuidOf(this.#provider.credential, this.#deps.sha256);
    const options = { cuid, heartbeat: this.#heartbeat };
    return new ClientLink(this.#deps.world, dtls, options, {
      beat: (outcome) => this.#beaten(outcome),
      silent: () => this.#fellSilent(),
      lost: (reason) => this.#lost(reason),
    });
  }

  /** There will be no session. */
  #recall(): void {
    const early = this.#early;
    this.#early = undefined;
    if (early === undefined) return;
    early.close();
    this.#listener.down();
  }

  #beaten(outcome: BeatOutcome): void {
    this.#record.beat(outcome);
    this.#changed();
    const inARow = this.#link?.client.missedInARow ?? 0;
    if (outcome.rttMs !== null) this.#apply({ tag: "answered" });
    else this.#apply({ tag: "missed", at: this.#clock.now(), inARow });
  }

  #fellSilent(): void {
    this.#fault = { code: "silent", message: "the server does not answer heartbeats any more" };
    this.#apply({ tag: "silent", at: this.#clock.now() });
  }

  #lost(reason: Error): void {
    const orderly = reason instanceof DtlsError && reason.code === "dtls/closed";
    const message = orderly ? "the server ended the session" : reason.message;
    this.#fault = { code: "closed", message };
    this.#apply({ tag: "lost", at: this.#clock.now(), orderly, jitter: this.#jitter() });
  }

  #drop(): void {
    this.#replace(undefined);
    this.#listener.down();
  }

  /** What the old one counted stays in the record. */
  #replace(link: ClientLink | undefined): void {
    if (this.#link !== undefined) this.#record.retire(this.#link.client);
    this.#link = link;
  }

  /** Nobody is told: the owner knows. */
  #end(): void {
    this.#news?.cancel();
    this.#disarm();
    this.#tries.abandon();
    const [link, early] = [this.#link, this.#early];
    this.#early = undefined;
    this.#replace(undefined);
    early?.close();
    link?.close();
  }

  #changed(): void {
    if (this.#state.tag === "closed") return;
    this.#news ??= this.#clock.after(0, () => {
      this.#news = undefined;
      this.#listener.changed();
    });
  }

  #jitter(): number {
    return this.#deps.world.random.fraction();
  }
}

function serverText({ host, port }: ProviderEndpoint): string {
  return host.includes(":") ? `coaps://[${host}]:${port}` : `coaps://${host}:${port}`;
}

function securityOf({ security }: DtlsSession): SessionView["security"] {
  const { version, cipher, resumed, connectionId } = security;
  return { version, cipher, resumed, connectionId };
}

function serverOf(deps: SessionDeps, provider: ProviderEndpoint): Server {
  const { host, port, credential, sessionName } = provider;
  const { sessions: store, keyLog } = deps;
  const isKept = store !== undefined && sessionName !== undefined;
  return {
    host,
    port,
    credential,
    ...(isKept ? { resumption: { store, server: sessionName } } : {}),
    ...(keyLog === undefined ? {} : { keyLog }),
  };
}
