import { createHash } from "node:crypto";
import process from "node:process";
import type { CoapTransport } from "../coap/transport.ts";
import { DotsClient, type AskOptions } from "../dots/client/client.ts";
import type { SignalResult } from "../dots/client/signal-result.ts";
import type { ClientCredentials } from "../dtls/credentials.ts";
import { DtlsError, type DtlsSession } from "../dtls/session.ts";
import { openKeyLog } from "../host/key-log-file.ts";
import { SessionFile } from "../host/session-file.ts";
import { resolveHost } from "../net/node/resolve.ts";
import { nodeWorld } from "../net/node/world.ts";
import type { Address, Clock, Millis, World } from "../net/ports.ts";
import { connect, type ConnectRequest } from "../session/connect.ts";
import type { ConnectFailure } from "../session/connect-failure.ts";
import { cuidOf } from "../session/credential.ts";
import { CliError, EXIT } from "./exit.ts";
import { credentialFlagsOf, loadCredential } from "./signal-credential.ts";
import { serverOf, type SessionFlags } from "./signal-flags.ts";
import { traceDatagrams, traceStep, traceTransport, type Trace } from "./signal-trace.ts";

/** A request that a session may begin with. Should the session come to nothing, it is asked anew by another. */
export type SignalRequest = (client: DotsClient, options: AskOptions) => Promise<SignalResult>;

/** One session of `mayday signal`, ready for requests. */
export interface SignalSession {
  readonly client: DotsClient;
  readonly dtls: DtlsSession;
  readonly clock: Clock;
  /** Fires when the session is gone without our doing; its reason says why. */
  readonly closed: AbortSignal;
  /** What is left of `--timeout`; at least a moment, so that a request fails in its own words. */
  remainingMs(): Millis;
  /** Asks within what is left of `--timeout`; what the session began with is on its way already. */
  ask(request: SignalRequest): Promise<SignalResult>;
  close(): void;
}

/** What `openSession` may be given in place of the real thing. */
export interface SessionDeps {
  readonly world: World;
  resolve(host: string, port: number): Promise<Address[]>;
  warn(text: string): void;
  /** `$SSLKEYLOGFILE`. */
  readonly keyLogPath?: string | undefined;
}

const LEAST_MS: Millis = 1;

/** The IPv6 and UDP headers: what is left of a path's MTU for either version of IP. */
const HEADERS = 40 + 8;

/** The real world: node's sockets, the system's resolver, stderr. */
export function realDeps(warn: (text: string) => void): SessionDeps {
  return {
    world: nodeWorld(),
    resolve: resolveHost,
    warn,
    keyLogPath: process.env["SSLKEYLOGFILE"],
  };
}

/**
 * Connects to the server that the flags name. Its addresses are tried in the order the resolver gave them, each a
 * little after the one before. [RFC 9132 §4.3]
 * @param first goes along with the end of the handshake where it may [RFC 7918]
 * @throws {CliError} usage, nobody there, authentication; {SetupError} the files of the credential, or of sessions.
 */
export async function openSession(
  flags: SessionFlags,
  deps: SessionDeps,
  first?: SignalRequest,
): Promise<SignalSession> {
  const server = serverOf(flags.server);
  const { clock } = deps.world;
  const { credential, warnings } = loadCredential(credentialFlagsOf(flags), {
    host: server.host,
    atMs: clock.wallTime(),
  });
  for (const warning of warnings) deps.warn(`warning: ${warning}`);
  const endsAt = clock.now() + flags.timeout * 1000;
  const remainingMs = (): Millis => Math.max(endsAt - clock.now(), LEAST_MS);
  const request: ConnectRequest = {
    ...server,
    credential,
    timeoutMs: remainingMs(),
    ...optionsOf(flags, deps, credential),
  };
  const opening = new Opening(flags, deps, request, remainingMs);
  const dtls = await opening.connect(first);
  return opening.sessionOn(dtls);
}

/** What the flags say of the handshake besides whom it is with. */
function optionsOf(
  flags: SessionFlags,
  deps: SessionDeps,
  credential: ClientCredentials,
): Pick<ConnectRequest, "resumption" | "connectionId" | "maxDatagram" | "keyLog"> {
  const warning = (text: string): void => deps.warn(`warning: ${text}`);
  const { sessionFile, mtu } = flags;
  const store = sessionFile === undefined ? undefined : new SessionFile(sessionFile, warning);
  const keyLog = openKeyLog(deps.keyLogPath, warning);
  const server = `${flags.server} ${cuidOf(credential, sha256)}`;
  return {
    ...(store === undefined ? {} : { resumption: { store, server } }),
    ...(flags.connectionId === false ? { connectionId: false } : {}),
    ...(mtu === undefined ? {} : { maxDatagram: mtu - HEADERS }),
    ...(keyLog === undefined ? {} : { keyLog }),
  };
}

/** What was asked before the handshake was over. */
interface Early {
  readonly request: SignalRequest;
  readonly link: Link;
  readonly answer: Promise<SignalResult>;
}

/** A client on a session. */
interface Link {
  readonly dtls: DtlsSession;
  readonly client: DotsClient;
  readonly closed: AbortSignal;
}

/** One session on its way: lookup, handshake, and what goes along with it, within what `--timeout` allows. */
class Opening {
  readonly #flags: SessionFlags;
  readonly #deps: SessionDeps;
  readonly #request: ConnectRequest;
  readonly #remainingMs: () => Millis;
  readonly #trace: Trace | undefined;
  #early: Early | undefined;

  constructor(
    flags: SessionFlags,
    deps: SessionDeps,
    request: ConnectRequest,
    remainingMs: () => Millis,
  ) {
    this.#flags = flags;
    this.#deps = deps;
    this.#request = request;
    this.#remainingMs = remainingMs;
    const verbose = flags.verbose === true;
    this.#trace = verbose ? timedTrace(deps.world.clock, (text) => deps.warn(text)) : undefined;
  }

  async connect(first: SignalRequest | undefined): Promise<DtlsSession> {
    const { clock, random, datagrams } = this.#deps.world;
    const trace = this.#trace;
    const traced = trace === undefined ? datagrams : traceDatagrams(datagrams, trace);
    const early =
      first === undefined
        ? {}
        : { onMaySend: (dtls: DtlsSession): void => this.#askEarly(first, dtls) };
    const outcome = await connect(
      {
        world: { clock, random, datagrams: traced },
        resolve: (host, port) => this.#deps.resolve(host, port),
      },
      { ...this.#request, ...early },
      (step) => {
        if (trace !== undefined) traceStep(trace, step, this.#request);
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

  sessionOn(dtls: DtlsSession): SignalSession {
    const early = this.#early?.link.dtls === dtls ? this.#early : undefined;
    const { client, closed } = early?.link ?? this.#linkOn(dtls);
    const remainingMs = this.#remainingMs;
    return {
      client,
      dtls,
      clock: this.#deps.world.clock,
      closed,
      remainingMs,
      ask: (request) =>
        early?.request === request ? early.answer : request(client, { timeoutMs: remainingMs() }),
      close: () => client.close(),
    };
  }

  #askEarly(request: SignalRequest, dtls: DtlsSession): void {
    const link = this.#linkOn(dtls);
    const answer = request(link.client, { timeoutMs: this.#remainingMs() });
    answer.catch(() => undefined); // where the session comes to nothing, nobody waits for it
    this.#early = { request, link, answer };
  }

  #linkOn(dtls: DtlsSession): Link {
    const trace = this.#trace;
    const transport: CoapTransport = trace === undefined ? dtls : traceTransport(dtls, trace);
    const closed = new AbortController();
    const client = new DotsClient(this.#deps.world, transport, {
      cuid: this.#flags.cuid ?? cuidOf(this.#request.credential, sha256),
      heartbeat: false,
      onClosed: (reason) => closed.abort(reason),
    });
    return { dtls, client, closed: closed.signal };
  }
}

/** The error whose exit code and hint fit; what the layers below say in their own words is passed on. */
function errorOf({ fault, message, hint, attempts, cause }: ConnectFailure): Error {
  if (!(cause instanceof DtlsError)) return cause;
  const told = { message, hint, cause };
  if (fault === "key-refused" || cause.code === "dtls/no-common-suite") {
    return new CliError({ exit: EXIT.authentication, code: cause.code, ...told });
  }
  if (fault === "unreachable") {
    const code = attempts[0]?.error.code ?? "net/unreachable";
    return new CliError({ exit: EXIT.unreachable, code, ...told });
  }
  return new DtlsError(cause.code, message, { cause });
}

function timedTrace(clock: Clock, warn: (text: string) => void): Trace {
  const from = clock.now();
  return (text) => warn(`${(clock.now() - from).toFixed(1).padStart(9)} ms  ${text}`);
}

function sha256(data: Uint8Array): Uint8Array {
  return createHash("sha256").update(data).digest();
}
