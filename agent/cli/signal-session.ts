import { createHash } from "node:crypto";
import type { CoapTransport } from "../coap/transport.ts";
import { DotsClient } from "../dots/client/client.ts";
import { cuidFromPskIdentity } from "../dots/signal/cuid.ts";
import { connectDtls } from "../dtls/client.ts";
import { DtlsError, type DtlsSession } from "../dtls/session.ts";
import { readPskFile } from "../host/psk-file.ts";
import { resolveHost } from "../net/node/resolve.ts";
import { nodeWorld } from "../net/node/world.ts";
import {
  formatAddress,
  NetError,
  type Address,
  type Clock,
  type Millis,
  type World,
} from "../net/ports.ts";
import { CliError, EXIT } from "./exit.ts";
import { credentialFlagsOf, serverOf, type SessionFlags } from "./signal-flags.ts";
import { traceDatagrams, traceTransport, type Trace } from "./signal-trace.ts";

/** One session of `mayday signal`, ready for requests. */
export interface SignalSession {
  readonly client: DotsClient;
  readonly dtls: DtlsSession;
  readonly clock: Clock;
  /** Fires when the session is gone without our doing; its reason says why. */
  readonly closed: AbortSignal;
  /** What is left of `--timeout`; at least a moment, so that a request fails in its own words. */
  remainingMs(): Millis;
  close(): void;
}

/** What `openSession` may be given in place of the real thing. */
export interface SessionDeps {
  readonly world: World;
  resolve(host: string, port: number): Promise<Address[]>;
  warn(text: string): void;
}

type Credentials = { readonly identity: string; readonly key: Uint8Array };

/** One address that did not answer, and why. */
interface FailedAttempt {
  readonly to: Address;
  readonly error: DtlsError;
}

const LEAST_MS: Millis = 1;
/** With it a wrong key is told within 5 s by a server that says nothing about it, too. */
const PROOF_PATIENCE_MS: Millis = 4000;

/** The real world: node's sockets, the system's resolver, stderr. */
export function realDeps(warn: (text: string) => void): SessionDeps {
  return { world: nodeWorld(), resolve: resolveHost, warn };
}

/**
 * Connects to the server that the flags name, trying its addresses in the order the resolver gave them.
 * @throws {CliError} usage, nobody there, authentication; {SetupError} the key file.
 */
export async function openSession(flags: SessionFlags, deps: SessionDeps): Promise<SignalSession> {
  const { host, port } = serverOf(flags.server);
  const { identity, file } = credentialFlagsOf(flags);
  const { key, warnings } = readPskFile(file);
  for (const warning of warnings) deps.warn(`warning: ${warning}`);

  const { clock } = deps.world;
  const endsAt = clock.now() + flags.timeout * 1000;
  const remainingMs = (): Millis => Math.max(endsAt - clock.now(), LEAST_MS);
  const trace = flags.verbose === true ? timedTrace(clock, (text) => deps.warn(text)) : undefined;

  const addresses = await within(clock, remainingMs(), deps.resolve(host, port), host);
  trace?.(`${host} is ${addresses.map(formatAddress).join(", ")}`);
  const dtls = await connectAny(deps.world, addresses, { identity, key }, remainingMs, trace);
  const transport: CoapTransport = trace === undefined ? dtls : traceTransport(dtls, trace);
  const cuid = flags.cuid ?? cuidFromPskIdentity(identity, sha256);
  const closed = new AbortController();
  const client = new DotsClient(deps.world, transport, {
    cuid,
    heartbeat: false,
    onClosed: (reason) => closed.abort(reason),
  });
  return { client, dtls, clock, closed: closed.signal, remainingMs, close: () => client.close() };
}

/** Each address gets its share of the time that is left, so that a silent first one leaves some to the rest. */
async function connectAny(
  world: World,
  addresses: readonly Address[],
  credentials: Credentials,
  remainingMs: () => Millis,
  trace: Trace | undefined,
): Promise<DtlsSession> {
  const failed: FailedAttempt[] = [];
  for (const [index, to] of addresses.entries()) {
    const timeoutMs = remainingMs() / (addresses.length - index);
    const outcome = await connectOne(world, to, credentials, timeoutMs, trace);
    if (!(outcome instanceof DtlsError)) return outcome;
    failed.push({ to, error: outcome });
    // Another address is the same server: it will not like the key better.
    if (outcome.code === "dtls/authentication") throw refusedKey(outcome, credentials.identity);
  }
  const silenced = failed.find(({ error }) => error.code === "dtls/proof-unanswered");
  if (silenced) throw refusedKey(silenced.error, credentials.identity);
  throw nobodyThere(failed);
}

async function connectOne(
  world: World,
  to: Address,
  credentials: Credentials,
  timeoutMs: Millis,
  trace: Trace | undefined,
): Promise<DtlsSession | DtlsError> {
  const { clock, random } = world;
  const datagrams = trace === undefined ? world.datagrams : traceDatagrams(world.datagrams, trace);
  trace?.(`handshake with ${formatAddress(to)}, identity ${credentials.identity}`);
  try {
    const parameters = { proofPatienceMs: PROOF_PATIENCE_MS };
    const options = { to, credentials, timeoutMs, parameters };
    const session = await connectDtls({ clock, random, datagrams }, options);
    const { version, cipher } = session.security;
    trace?.(`session: ${version} ${cipher}, ${session.handshakeMs.toFixed(1)} ms`);
    return session;
  } catch (error) {
    if (!(error instanceof DtlsError)) throw error;
    trace?.(`failed: ${error.message} [${error.code}]`);
    return error;
  }
}

function refusedKey(cause: DtlsError, identity: string): CliError {
  return new CliError({
    exit: EXIT.authentication,
    code: cause.code,
    message: `the server refused this key (identity ${identity})`,
    hint:
      cause.code === "dtls/proof-unanswered"
        ? "It fell silent when it was shown the key. Check the PSK identity and the key file; heavy packet loss looks the same."
        : "Check the PSK identity and the key file against what the provider gave you.",
    cause,
  });
}

/** What was tried, address by address. One that failed otherwise than by silence decides the exit code. */
function nobodyThere(failed: readonly FailedAttempt[]): Error {
  const telling = failed.find(({ error }) => !SILENCE.has(error.code));
  const tried = failed.map(({ to, error }) => `${formatAddress(to)} (UDP): ${whyOf(error)}`);
  const message = `no session with the server; tried ${tried.join("; ")}`;
  if (telling !== undefined) {
    return new DtlsError(telling.error.code, message, { cause: telling.error });
  }
  return new CliError({
    exit: EXIT.unreachable,
    code: failed[0]?.error.code ?? "net/unreachable",
    message: `nobody answers: tried ${tried.join("; ")}`,
    hint: "Check the address and port, and that a firewall lets UDP pass both ways.",
    cause: failed[0]?.error,
  });
}

/** The address is named already. */
function whyOf(error: DtlsError): string {
  return error.code === "dtls/refused" ? "nobody listens there" : error.message;
}

const SILENCE: ReadonlySet<string> = new Set(["dtls/timeout", "dtls/refused", "dtls/network"]);

/** Bounds the resolver, which may take as long as the system likes. */
async function within(
  clock: Clock,
  timeoutMs: Millis,
  resolving: Promise<Address[]>,
  host: string,
): Promise<Address[]> {
  let stop = (): void => undefined;
  const late = new Promise<never>((_resolve, reject) => {
    const timer = clock.after(timeoutMs, () =>
      reject(new NetError("net/timeout", `the name ${host} was not resolved in time`)),
    );
    stop = () => timer.cancel();
  });
  try {
    const addresses = await Promise.race([resolving, late]);
    if (addresses.length > 0) return addresses;
    throw new NetError("net/unreachable", `the name ${host} has no address`);
  } finally {
    stop();
  }
}

function timedTrace(clock: Clock, warn: (text: string) => void): Trace {
  const from = clock.now();
  return (text) => warn(`${(clock.now() - from).toFixed(1).padStart(9)} ms  ${text}`);
}

function sha256(data: Uint8Array): Uint8Array {
  return createHash("sha256").update(data).digest();
}
