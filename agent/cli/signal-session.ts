import { createHash } from "node:crypto";
import type { CoapTransport } from "../coap/transport.ts";
import { DotsClient } from "../dots/client/client.ts";
import { cuidFromPskIdentity } from "../dots/signal/cuid.ts";
import { DtlsError, type DtlsSession } from "../dtls/session.ts";
import { readPskFile } from "../host/psk-file.ts";
import { resolveHost } from "../net/node/resolve.ts";
import { nodeWorld } from "../net/node/world.ts";
import { formatAddress, type Address, type Clock, type Millis, type World } from "../net/ports.ts";
import { connect, type ConnectStep } from "../session/connect.ts";
import type { ConnectFailure } from "../session/connect-failure.ts";
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

type Credential = { readonly identity: string; readonly key: Uint8Array };

const LEAST_MS: Millis = 1;

/** The real world: node's sockets, the system's resolver, stderr. */
export function realDeps(warn: (text: string) => void): SessionDeps {
  return { world: nodeWorld(), resolve: resolveHost, warn };
}

/**
 * Connects to the server that the flags name. Its addresses are tried in the order the resolver gave them, each a
 * little after the one before. [RFC 9132 §4.3]
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

  const dtls = await connected(deps, { host, port }, { identity, key }, remainingMs(), trace);
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

/** Lookup and handshake, within what `--timeout` allows. */
async function connected(
  deps: SessionDeps,
  server: { readonly host: string; readonly port: number },
  credential: Credential,
  timeoutMs: Millis,
  trace: Trace | undefined,
): Promise<DtlsSession> {
  const { clock, random, datagrams } = deps.world;
  const traced = trace === undefined ? datagrams : traceDatagrams(datagrams, trace);
  const outcome = await connect(
    {
      world: { clock, random, datagrams: traced },
      resolve: (host, port) => deps.resolve(host, port),
    },
    { ...server, credential, timeoutMs },
    (step) => {
      if (trace !== undefined) traceStep(trace, step, server.host, credential.identity);
    },
  );
  switch (outcome.tag) {
    case "session":
      return outcome.dtls;
    case "failed":
      throw errorOf(outcome);
    default:
      throw new DtlsError("dtls/closed", "given up");
  }
}

function traceStep(trace: Trace, step: ConnectStep, host: string, identity: string): void {
  switch (step.tag) {
    case "resolving":
      return;
    case "resolved":
      return trace(`${host} is ${step.addresses.map(formatAddress).join(", ")}`);
    case "trying":
      return trace(`handshake with ${formatAddress(step.to)}, identity ${identity}`);
    case "failed":
      return trace(`failed: ${step.error.message} [${step.error.code}]`);
    case "established": {
      const { security, handshakeMs } = step.dtls;
      return trace(`session: ${security.version} ${security.cipher}, ${handshakeMs.toFixed(1)} ms`);
    }
    default:
      step satisfies never;
  }
}

/** The error whose exit code and hint fit; what the layers below say in their own words is passed on. */
function errorOf({ fault, message, hint, attempts, cause }: ConnectFailure): Error {
  if (!(cause instanceof DtlsError)) return cause;
  switch (fault) {
    case "key-refused":
      return new CliError({
        exit: EXIT.authentication,
        code: cause.code,
        message,
        hint:
          cause.code === "dtls/proof-unanswered"
            ? "It fell silent when it was shown the key. Check the PSK identity and the key file; heavy packet loss looks the same."
            : "Check the PSK identity and the key file against what the provider gave you.",
        cause,
      });
    case "unreachable":
      return new CliError({
        exit: EXIT.unreachable,
        code: attempts[0]?.error.code ?? "net/unreachable",
        message,
        hint,
        cause,
      });
    default:
      return new DtlsError(cause.code, message, { cause });
  }
}

function timedTrace(clock: Clock, warn: (text: string) => void): Trace {
  const from = clock.now();
  return (text) => warn(`${(clock.now() - from).toFixed(1).padStart(9)} ms  ${text}`);
}

function sha256(data: Uint8Array): Uint8Array {
  return createHash("sha256").update(data).digest();
}
