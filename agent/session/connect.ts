import { connectDtls } from "../dtls/client.ts";
import { DtlsError, type DtlsSession } from "../dtls/session.ts";
import {
  NetError,
  type Address,
  type Clock,
  type Datagrams,
  type Millis,
  type World,
} from "../net/ports.ts";
import {
  ATTEMPT_DELAY_MS,
  ATTEMPT_DELAY_UNDER_ATTACK_MS,
  raceAddresses,
  type Tried,
} from "./address-race.ts";
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
  readonly credential: { readonly identity: string; readonly key: Uint8Array };
  /** For the lookup and the handshake together. */
  readonly timeoutMs: Millis;
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
const PROOF_PATIENCE_MS: Millis = 4000;

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
  const { identity } = request.credential;
  const attempts = race.losses.filter(isAttempt);
  return handshakeFailure(attempts, identity, request.keyAccepted === true);
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
    const { credential, keyAccepted } = this.#request;
    const { clock, random, datagrams } = this.#world;
    this.#onStep({ tag: "trying", to });
    try {
      const dtls = await connectDtls(
        { clock, random, datagrams: heeding(datagrams, heard) },
        {
          to,
          credentials: { type: "psk", ...credential },
          timeoutMs: Math.max(this.#endsAt - clock.now(), LEAST_MS),
          parameters: keyAccepted === true ? {} : { proofPatienceMs: PROOF_PATIENCE_MS },
          signal,
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
