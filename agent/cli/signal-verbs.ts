import { CoapError } from "../coap/error.ts";
import type { Selection } from "../dots/client/client.ts";
import type { SignalResult } from "../dots/client/signal-result.ts";
import { DotsError } from "../dots/client/dots-error.ts";
import { validateScope } from "../dots/client/validate-scope.ts";
import { formatAddress, type Address, type Clock, type Millis } from "../net/ports.ts";
import { CliError, EXIT, usageError, type ExitCode } from "./exit.ts";
import {
  scopeOf,
  type DeleteFlags,
  type GetFlags,
  type HeartbeatFlags,
  type PutFlags,
} from "./signal-flags.ts";
import type { SignalReporter } from "./signal-report.ts";
import type { SignalRequest, SignalSession } from "./signal-session.ts";
import { efficacyText, mitigationsText, requestText, withdrawalText } from "./signal-text.ts";

/** Between two looks at a session that is observed: the least heartbeat-interval. [RFC 9132 §4.5.2] */
const BEAT_MS: Millis = 15_000;
const BEAT_PATIENCE_MS: Millis = 3000;
/** How long the server may take to confirm that an observation ends. */
const FAREWELL_MS: Millis = 2000;

/** What a verb works with. */
export interface VerbContext {
  readonly session: SignalSession;
  readonly reporter: SignalReporter;
  /** From the call on, Ctrl-C and SIGTERM fire the signal in place of ending the process. */
  interrupted(): AbortSignal;
}

/** Finds mistakes of `put` before anyone is spoken to. @throws {CliError} usage */
export function checkPut(flags: PutFlags): void {
  const { targetPrefix, targetFqdn, targetUri, alias } = flags;
  if ([targetPrefix, targetFqdn, targetUri, alias].every((values) => values === undefined)) {
    throw usageError(
      "nothing to protect: give --target-prefix, --target-fqdn, --target-uri or --alias",
    );
  }
  try {
    validateScope(scopeOf(flags));
  } catch (error) {
    if (!(error instanceof DotsError)) throw error;
    throw usageError(flagged(error.message));
  }
}

/** The message begins with the attribute; a user knows the flag. */
function flagged(message: string): string {
  return `--${message.replace(/^target-port-range/, "target-port").replace(/^alias-name/, "alias")}`;
}

/** What `put` asks: a request, a refresh, or with `--efficacy` an efficacy update. */
export function putRequest(flags: PutFlags): SignalRequest {
  const { mid, efficacy } = flags;
  return (client, options) =>
    efficacy === undefined
      ? client.requestMitigation(mid, scopeOf(flags), options)
      : client.efficacy(mid, scopeOf(flags), efficacy, options);
}

/** `put`, then `--observe`. */
export async function put(
  flags: PutFlags,
  request: SignalRequest,
  context: VerbContext,
): Promise<ExitCode> {
  const { session, reporter } = context;
  const { mid, efficacy, lifetime } = flags;
  const exit =
    efficacy === undefined
      ? reporter.answer(await session.ask(request), (result) => requestText(result, lifetime))
      : reporter.answer(
          await session
            .ask(request)
            .catch((error: unknown) => unansweredEfficacy(error, mid, session.dtls.peer)),
          (result) => efficacyText(result, lifetime),
        );
  if (exit !== EXIT.done || flags.observe === undefined) return exit;
  return observe({ mid }, flags.observe, context);
}

/** What `get` asks, unless it observes. */
export function getRequest(flags: GetFlags): SignalRequest {
  return (client, options) => client.getMitigations(selectionOf(flags), options);
}

/** `get`: one mitigation or all; with `--observe` also what follows. */
export async function get(
  flags: GetFlags,
  request: SignalRequest,
  context: VerbContext,
): Promise<ExitCode> {
  const { session, reporter } = context;
  if (flags.observe !== undefined) return observe(selectionOf(flags), flags.observe, context);
  return reporter.answer(await session.ask(request), mitigationsText);
}

function selectionOf({ mid, content }: GetFlags): Selection {
  return {
    ...(mid === undefined ? {} : { mid }),
    ...(content === undefined ? {} : { content }),
  };
}

/** What `delete` asks. */
export function withdrawal({ mid }: DeleteFlags): SignalRequest {
  return (client, options) => client.withdraw(mid, options);
}

/** `delete`. */
export async function withdraw(
  flags: DeleteFlags,
  request: SignalRequest,
  { session, reporter }: VerbContext,
): Promise<ExitCode> {
  const result = await session.ask(request);
  return reporter.answer(result, () => withdrawalText(result, flags.mid));
}

/** `heartbeat`: `--count` of them, `--interval` apart; done if the last one to be answered was a success. */
export async function heartbeat(flags: HeartbeatFlags, context: VerbContext): Promise<ExitCode> {
  const { session, reporter } = context;
  const interrupted = context.interrupted();
  const timeoutMs = flags.timeout * 1000;
  const rtts: Millis[] = [];
  let last: SignalResult | undefined;
  let failure = new CoapError("coap/timeout", "no heartbeat was sent");
  for (let sent = 1; sent <= flags.count && !interrupted.aborted; sent += 1) {
    const startedAt = session.clock.now();
    try {
      last = await session.client.heartbeat({ timeoutMs });
      rtts.push(Math.round(last.rttMs * 1000) / 1000);
    } catch (error) {
      if (!(error instanceof CoapError) || error.code !== "coap/timeout") throw error;
      failure = error;
    }
    if (sent === flags.count) break;
    const passedMs = session.clock.now() - startedAt;
    await elapse(session.clock, flags.interval * 1000 - passedMs, [interrupted]);
  }
  if (last === undefined) throw failure;
  const counters = session.client.heartbeats;
  const { sent, received, missed, lastAt } = counters;
  const at = lastAt === undefined ? null : new Date(lastAt).toISOString();
  return reporter.answer(
    last,
    () =>
      `${sent} ${sent === 1 ? "heartbeat" : "heartbeats"} sent, ${sent - missed} answered, ${received} heard from the provider; round trip ${Math.min(...rtts)} to ${Math.max(...rtts)} ms.`,
    { heartbeat: { sent, received, missed, lastAt: at }, rttsMs: rtts },
  );
}

/** Tells of a selection and of its changes until the time is over, the user ends it, or the server does. */
async function observe(
  selection: Selection,
  seconds: number,
  context: VerbContext,
): Promise<ExitCode> {
  const { session, reporter } = context;
  const interrupted = context.interrupted();
  const ended = new AbortController();
  let exit: ExitCode = EXIT.done;
  const observer = {
    notification(result: SignalResult, final: boolean): void {
      if (final) ended.abort();
      if (final && result.code === "4.04") return reporter.gone(result);
      const told = reporter.answer(result, mitigationsText, { notification: true });
      if (told !== EXIT.done) exit = told;
    },
    unreadable: (error: Error) => reporter.note(error.message),
  };
  const options = { timeoutMs: session.remainingMs() };
  const observation = await session.client.observe(selection, observer, options);
  const first = reporter.answer(observation.first, mitigationsText);
  if (first !== EXIT.done) return first;
  if (!observation.established) {
    reporter.note("the provider does not tell of changes");
    return EXIT.done;
  }
  await watchSession(session, seconds * 1000, [interrupted, ended.signal]);
  // The server may be gone by now; it then learns of our leaving from its silence.
  await Promise.race([observation.cancel(), elapse(session.clock, FAREWELL_MS, [])]);
  return exit;
}

/**
 * Waits for `ms` or a signal, and looks meanwhile whether the server is still there: a server that lost the
 * session has nothing to tell, and its silence would look like "nothing changed". [RFC 9132 §4.7]
 * @throws {CliError} unreachable
 */
async function watchSession(
  session: SignalSession,
  ms: Millis,
  stops: readonly AbortSignal[],
): Promise<void> {
  const endsAt = session.clock.now() + ms;
  for (let missed = 0; ;) {
    const leftMs = Math.max(0, endsAt - session.clock.now());
    await elapse(session.clock, Math.min(leftMs, BEAT_MS), [...stops, session.closed]);
    if (session.closed.aborted) throw lostSession(session.closed.reason);
    if (stops.some(({ aborted }) => aborted)) return;
    const isOver = session.clock.now() >= endsAt;
    missed = (await answersHeartbeat(session)) ? 0 : missed + 1;
    if (missed > 1 || (missed > 0 && isOver)) {
      throw lostSession(new Error("the server does not answer heartbeats any more"));
    }
    if (isOver) return;
  }
}

async function answersHeartbeat({ client }: SignalSession): Promise<boolean> {
  try {
    await client.heartbeat({ timeoutMs: BEAT_PATIENCE_MS });
    return true;
  } catch (error) {
    if (error instanceof CoapError && error.code === "coap/timeout") return false;
    // A reset or a strange answer is one all the same; a closed session is told by its own signal.
    return true;
  }
}

/** A server is silent about an efficacy update for a mitigation that it does not know. [RFC 9132 §4.4.3] */
function unansweredEfficacy(error: unknown, mid: number, peer: Address): never {
  if (!(error instanceof CoapError) || error.code !== "coap/timeout") throw error;
  throw new CliError({
    exit: EXIT.unreachable,
    code: error.code,
    message: `no answer to the efficacy update from ${formatAddress(peer)} (UDP)`,
    hint: `A server does not answer an efficacy update for a request that it does not know: is ${mid} active?`,
    cause: error,
  });
}

function lostSession(cause: unknown): CliError {
  const why = cause instanceof Error ? cause.message : "unknown reason";
  return new CliError({
    exit: EXIT.unreachable,
    code: "coap/closed",
    message: `the session was lost: ${why}`,
    cause,
  });
}

/** Resolves after `ms`, or as soon as one of the signals fires. */
function elapse(clock: Clock, ms: Millis, signals: readonly AbortSignal[]): Promise<void> {
  return new Promise((resolve) => {
    const finish = (): void => {
      timer.cancel();
      for (const signal of signals) signal.removeEventListener("abort", finish);
      resolve();
    };
    const timer = clock.after(ms, finish);
    for (const signal of signals) signal.addEventListener("abort", finish);
    if (signals.some((signal) => signal.aborted)) finish();
  });
}
