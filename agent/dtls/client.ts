import type { Address, Millis, World } from "../net/ports.ts";
import { Association } from "./association.ts";
import { clientIdentity, credentialName } from "./client-identity.ts";
import type { ClientContext } from "./client-state.ts";
import { ConnectAttempt, networkError } from "./connect-attempt.ts";
import { checkClientCredentials } from "./credential-check.ts";
import type { ClientCredentials } from "./credentials.ts";
import { clientMachine } from "./handshake-machine.ts";
import { clientExchanges, negotiable, type Negotiable } from "./negotiable.ts";
import { DEFAULT_PARAMETERS, type DtlsParameters } from "./parameters.ts";
import { SessionKeeper, type Keeping } from "./session-keeper.ts";
import { DtlsError, type DtlsErrorCode, type DtlsSession } from "./session.ts";

/** What `connectDtls` is given. */
export interface ConnectOptions extends Negotiable {
  readonly to: Address;
  readonly credentials: ClientCredentials;
  /** The whole handshake must end within this. */
  readonly timeoutMs: Millis;
  readonly parameters?: Partial<DtlsParameters>;
  /** The DNS name to ask a server for that has several [RFC 6066 §3]; never a literal address. */
  readonly serverName?: string;
  /** Where to find the last session with this server, and keep the next; every handshake is a full one unless told. */
  readonly resumption?: Keeping;
  /** Whether the session shall live through a change of our address, where the server agrees: yes unless told. [RFC 9146] */
  readonly connectionId?: boolean;
  /**
   * Data may go before the server's Finished has come. [RFC 7918] The session is the one that the promise comes to; should
   * the handshake fail after all, it is closed, and the promise rejects. What is sent until then goes along with each
   * repetition of our flight, so it may arrive more than once. Must not throw.
   */
  onMaySend?(session: DtlsSession): void;
  /** Takes lines by which the session can be read; off unless given. Must not throw. */
  keyLog?(line: string): void;
  /** Gives the attempt up when it fires. */
  readonly signal?: AbortSignal;
}

type ClientWorld = Pick<World, "clock" | "random" | "datagrams">;

/** Upon a session that it gave itself, a server may end the handshake by one of these; so may anyone who forges an alert. */
const SESSION_NOT_LIKED: ReadonlySet<DtlsErrorCode> = new Set([
  "dtls/authentication",
  "dtls/protocol",
  "dtls/no-common-suite",
]);

/**
 * Sets up a session with a server. If the server ends the resumption of a kept one by an alert, as some do that cannot
 * go on with what they gave, a full handshake follows at once; the kept one is forgotten only when that has succeeded, as
 * the alert may be forged.
 * @throws {DtlsError} with every code of its own; `dtls/authentication` when the server does not
 *   accept the credential
 */
export async function connectDtls(
  world: ClientWorld,
  options: ConnectOptions,
): Promise<DtlsSession> {
  const startedAt = world.clock.now();
  checkClientCredentials(options.credentials, world.clock.wallTime());
  const keeper = new SessionKeeper(options.resumption);
  let early = false;
  const onMaySend = (session: DtlsSession): void => {
    early = true;
    options.onMaySend?.(session);
  };
  try {
    return await attempt(world, options.onMaySend ? { ...options, onMaySend } : options, keeper);
  } catch (error) {
    // Once data may go the server has answered with a full handshake: another would end as this one did.
    const again = keeper.resume !== undefined && !early && !(options.signal?.aborted ?? false);
    if (!again || !(error instanceof DtlsError) || !SESSION_NOT_LIKED.has(error.code)) throw error;
    const timeoutMs = options.timeoutMs - (world.clock.now() - startedAt);
    if (timeoutMs <= 0) throw error;
    return attempt(world, { ...options, timeoutMs }, new SessionKeeper(options.resumption, false));
  }
}

/** One handshake. @throws {DtlsError} */
async function attempt(
  world: ClientWorld,
  options: ConnectOptions,
  keeper: SessionKeeper,
): Promise<DtlsSession> {
  const { to, credentials, signal } = options;
  const agreeable = negotiable(options, clientExchanges(credentials));
  const attempting = new ConnectAttempt({
    to,
    identity: clientIdentity(credentials),
    keeper,
    signal,
    onMaySend: (session) => options.onMaySend?.(session),
    keyLog: (line) => options.keyLog?.(line),
  });
  const socket = await world.datagrams
    .bind({ family: to.family, remote: to }, attempting)
    .catch((error: unknown) => {
      keeper.release();
      throw networkError(error, to);
    });
  const context: ClientContext = {
    ...agreeable,
    random: world.random,
    wallTime: () => world.clock.wallTime(),
    // Empty: we need none in the server's records, as our socket is connected to it. [RFC 9146 §3]
    connectionId: options.connectionId === false ? undefined : new Uint8Array(),
    credentials,
    host: options.serverName,
    resume: keeper.resume,
    credentialName: options.resumption && credentialName(credentials),
    falseStart: options.onMaySend !== undefined,
  };
  const parameters = {
    ...DEFAULT_PARAMETERS,
    ...options.parameters,
    handshakeTimeoutMs: options.timeoutMs,
  };
  const numbers = { firstSequence: 0, nextMessage: 0 };
  const deps = { clock: world.clock, parameters };
  const association = new Association(
    deps,
    clientMachine(context, () => keeper.disown()),
    numbers,
    attempting,
  );
  return attempting.run(socket, association);
}
