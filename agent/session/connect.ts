import { connectDtls, type ConnectOptions } from "../dtls/client.ts";
import type { ClientCredentials } from "../dtls/credentials.ts";
import { DtlsError, type DtlsSession } from "../dtls/session.ts";
import {
  NetError,
  type Address,
  type Clock,
  type Datagrams,
  type Millis,
  type World,
} from "../net/ports.ts";
import { parseLiteral } from "../net/address.ts";
import {
  ATTEMPT_DELAY_MS,
  ATTEMPT_DELAY_UNDER_ATTACK_MS,
  raceAddresses,
  type Tried,
} from "./address-race.ts";
import type { SessionStore } from "../dtls/resumption.ts";
import {
  handshakeFailure,
  internalFailure,
  lookupFailure,
  type ConnectFailure,
  type FailedAttempt,
} from "./connect-failure.ts";
import { asError } from "../dots/client/as-error.ts";

/** Looks a server up and sets a DTLS session up with one of its addresses. [RFC 9132 §4.3] [RFC 9132 §7.1] */

/** What connecting needs of the outside. */
export interface ConnectDeps {
  readonly world: Pick<World, "clock" | "random" | "datagrams">;
  /** All addresses of a host, most preferred first. @throws {NetError} it has none, or nobody could say */
  resolve(host: string, port: number): Promise<readonly Address[]>;
}

/** Whom to connect to, and how. */
export interface ConnectRequest {
  readonly host: string;
  readonly port: number;
  readonly credential: ClientCredentials;
  /** For the lookup and the handshake together. */
  readonly timeoutMs: Millis;
  /** Where the session is kept for the next time, and one from the last time may be; see `SessionStore`. */
  readonly resumption?: { readonly store: SessionStore; readonly server: string };
  /** Whether connection ids are offered; they are unless told. [RFC 9146] */
  readonly connectionId?: boolean;
  /** The largest UDP payload to send; the default of `DtlsParameters` unless told. In octets. */
  readonly maxDatagram?: number;
  /** Takes the lines of a key log: who has them can read the session. */
  keyLog?(line: string): void;
  /**
   * Called at most once: the handshake with one address is so far that requests may go along with its end [RFC 7918].
   * Not with every server, see `toleratesEarly`. The outcome is told as ever. Where it is a failure, or a session with
   * another address, this one is closed, and what was asked by it has to be asked anew. Must not throw.
   */
  onMaySend?(dtls: DtlsSession): void;
  /** This server has accepted this key before: silence upon it is loss. */
  readonly keyAccepted?: boolean;
  /** An attack may be under way: the addresses follow each other faster. [RFC 9132 §4.3] */
  readonly underAttack?: boolean;
  /** Which addresses to try first; the resolver's order unless told. */
  inOrder?(addresses: readonly Address[]): readonly Address[];
  /** Gives up when it fires. */
  readonly signal?: AbortSignal;
}

/** What is being done. Several addresses may be tried at once. */
export type ConnectStep =
  | { readonly tag: "resolving" }
  | { readonly tag: "resolved"; readonly addresses: readonly Address[]; readonly ms: Millis }
  | { readonly tag: "trying"; readonly to: Address }
  | { readonly tag: "failed"; readonly to: Address; readonly error: DtlsError }
  | { readonly tag: "established"; readonly dtls: DtlsSession };

/** How it went. */
export type ConnectOutcome =
  | {
      readonly tag: "session";
      readonly dtls: DtlsSession;
      readonly address: Address;
      readonly resolveMs: Millis;
      readonly handshakeMs: Millis;
      /** The addresses that failed before. */
      readonly attempts: readonly FailedAttempt[];
    }
  | ConnectFailure
  /** The request's `signal` fired. */
  | { readonly tag: "given-up" };

const LEAST_MS: Millis = 1;

/** With it a wrong key is told within 5 s by a server that says nothing about it, too. */
const PROOF_PATIENCE_MS: Millis = 3000;

/** A name with more addresses is no server's; every one would take a socket. */
const MAX_ADDRESSES = 8;

/** Connects within the request's time. Never rejects. `onStep` must not throw. */
export async function connect(
  deps: ConnectDeps,
  request: ConnectRequest,
  onStep: (step: ConnectStep) => void = () => undefined,
): Promise<ConnectOutcome> {
  const { clock } = deps.world;
  const startedAt = clock.now();
  const endsAt = startedAt + request.timeoutMs;
  onStep({ tag: "resolving" });
  const addresses = await resolved(deps, request);
  if (isGivenUp(request)) return { tag: "given-up" };
  if ("tag" in addresses) return addresses;
  const resolveMs = clock.now() - startedAt;
  onStep({ tag: "resolved", addresses, ms: resolveMs });
  const inOrder = request.inOrder?.(addresses) ?? addresses;
  const racer = new Handshakes(deps, request, endsAt, onStep);
  const race = await raceAddresses(clock, inOrder.slice(0, MAX_ADDRESSES), racer, {
    delayMs: request.underAttack === true ? ATTEMPT_DELAY_UNDER_ATTACK_MS : ATTEMPT_DELAY_MS,
    signal: request.signal,
  });
  if (race.tag === "won") {
    const dtls = race.won;
    if (isGivenUp(request)) {
      dtls.close();
      return { tag: "given-up" };
    }
    const { peer: address, handshakeMs } = dtls;
    const attempts = race.losses.filter(isAttempt);
    return { tag: "session", dtls, address, resolveMs, handshakeMs, attempts };
  }
  if (isGivenUp(request)) return { tag: "given-up" };
  const strange = race.losses.find((loss) => !isAttempt(loss));
  if (strange !== undefined) return internalFailure(strange);
  const attempts = race.losses.filter(isAttempt);
  return handshakeFailure(attempts, request.credential, request.keyAccepted === true);
}

function isGivenUp({ signal }: ConnectRequest): boolean {
  return signal?.aborted === true;
}

/** Why an address came to nothing; anything but an attempt is a fault of ours. */
type Loss = FailedAttempt | Error;

function isAttempt(loss: Loss): loss is FailedAttempt {
  return !(loss instanceof Error);
}

/** The handshakes of one connection: every address has what is left of the time. */
class Handshakes {
  readonly #world: ConnectDeps["world"];
  readonly #request: ConnectRequest;
  readonly #endsAt: Millis;
  readonly #onStep: (step: ConnectStep) => void;
  #maySend = false;

  constructor(
    deps: ConnectDeps,
    request: ConnectRequest,
    endsAt: Millis,
    onStep: (step: ConnectStep) => void,
  ) {
    this.#world = deps.world;
    this.#request = request;
    this.#endsAt = endsAt;
    this.#onStep = onStep;
  }

  async attempt(
    to: Address,
    signal: AbortSignal,
    heard: () => void,
  ): Promise<Tried<DtlsSession, Loss>> {
    const { clock, random, datagrams } = this.#world;
    this.#onStep({ tag: "trying", to });
    try {
      const dtls = await connectDtls(
        { clock, random, datagrams: heeding(datagrams, heard) },
        {
          ...optionsOf(this.#request),
          to,
          timeoutMs: Math.max(this.#endsAt - clock.now(), LEAST_MS),
          signal,
          ...this.#early(signal),
        },
      );
      this.#onStep({ tag: "established", dtls });
      return { tag: "won", won: dtls };
    } catch (error) {
      if (!(error instanceof DtlsError)) return lost(asError(error));
      if (!signal.aborted) this.#onStep({ tag: "failed", to, error });
      return lost({ to, error });
    }
  }

  discard(dtls: DtlsSession): void {
    dtls.close();
  }

  /** One address at most: a request at two of them would be two for a server that hears both. */
  #early(signal: AbortSignal): Pick<ConnectOptions, "onMaySend"> {
    const request = this.#request;
    if (request.onMaySend === undefined) return {};
    return {
      onMaySend: (dtls) => {
        if (this.#maySend || signal.aborted || !toleratesEarly(dtls)) return;
        this.#maySend = true;
        request.onMaySend?.(dtls);
      },
    };
  }
}

/**
 * Whether the server may be sent data before its Finished. Some lose what comes right behind the client's Finished, and
 * libcoap's on OpenSSL then answers nothing any more in that session; which server it is shows by nothing else. So, as
 * browsers have asked for ALPN before they did the same, an extension is asked for that those do not have.
 */
function toleratesEarly({ security }: DtlsSession): boolean {
  return security.connectionId;
}

/** What is the same for every address. */
function optionsOf(
  request: ConnectRequest,
): Omit<ConnectOptions, "to" | "timeoutMs" | "signal" | "onMaySend"> {
  const { credential: credentials, keyAccepted, maxDatagram, resumption, connectionId } = request;
  const serverName = serverNameOf(credentials);
  return {
    credentials,
    parameters: {
      ...(keyAccepted === true ? {} : { proofPatienceMs: PROOF_PATIENCE_MS }),
      ...(maxDatagram === undefined ? {} : { maxDatagram }),
    },
    ...(serverName === undefined ? {} : { serverName }),
    ...(resumption === undefined ? {} : { resumption }),
    ...(connectionId === undefined ? {} : { connectionId }),
    ...(request.keyLog === undefined ? {} : { keyLog: (line) => request.keyLog?.(line) }),
  };
}

/** A server with certificates may have several; a literal address is no name. [RFC 6066 §3] */
function serverNameOf(credentials: ClientCredentials): string | undefined {
  if (credentials.type !== "certificate") return undefined;
  const { host } = credentials.server;
  return parseLiteral(host) === undefined ? host : undefined;
}

/** Another address is the same server: it will not like the key better. */
function lost(loss: Loss): Tried<DtlsSession, Loss> {
  const decisive = !isAttempt(loss) || loss.error.code === "dtls/authentication";
  return { tag: "lost", lost: loss, decisive };
}

/** Sockets that tell when anything came in. */
function heeding(datagrams: Datagrams, heard: () => void): Datagrams {
  return {
    bind: (options, listener) => {
      let silent = true;
      return datagrams.bind(options, {
        message(data, from) {
          if (silent) heard();
          silent = false;
          listener.message(data, from);
        },
        error: (fault) => listener.error(fault),
      });
    },
  };
}

async function resolved(
  deps: ConnectDeps,
  { host, port, timeoutMs, signal }: ConnectRequest,
): Promise<readonly Address[] | ConnectFailure> {
  try {
    const looking = deps.resolve(host, port);
    const addresses = await within(deps.world.clock, timeoutMs, looking, host, signal);
    if (addresses.length > 0) return addresses;
    throw new NetError("net/unreachable", `the name ${host} has no address`);
  } catch (error) {
    return lookupFailure(host, error);
  }
}

/** Bounds the resolver, which may take as long as the system likes. */
async function within(
  clock: Clock,
  timeoutMs: Millis,
  resolving: Promise<readonly Address[]>,
  host: string,
  signal: AbortSignal | undefined,
): Promise<readonly Address[]> {
  let stop = (): void => undefined;
  const late = new Promise<never>((_resolve, reject) => {
    const giveUp = (): void => reject(new NetError("net/closed", "given up"));
    const timer = clock.after(timeoutMs, () =>
      reject(new NetError("net/timeout", `the name ${host} was not resolved in time`)),
    );
    if (signal?.aborted === true) giveUp();
    signal?.addEventListener("abort", giveUp, { once: true });
    stop = () => {
      timer.cancel();
      signal?.removeEventListener("abort", giveUp);
    };
  });
  try {
    return await Promise.race([resolving, late]);
  } finally {
    stop();
  }
}
