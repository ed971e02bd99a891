import type { SecurityInfo } from "../dtls/session.ts";
import type { SignalResult } from "../dots/client/signal-result.ts";
import type { Millis } from "../net/ports.ts";
import { EXIT, type ExitCode, type Output } from "./exit.ts";
import { refusalHint, refusalText } from "./signal-text.ts";

/** The part of a JSON answer that belongs to the session. */
export interface SessionReport {
  readonly handshakeMs: Millis;
  readonly security: SecurityInfo;
}

/** Further members of one JSON answer, such as the counters of `heartbeat`. */
export type Extra = Readonly<Record<string, unknown>>;

/**
 * The JSON of one answer. `payload` is null when the answer has no DOTS body; `diagnostic` is the server's
 * text, if it sent one; a refusal also has `error`, as every command that fails.
 */
export function answerJson(
  result: SignalResult,
  session: SessionReport,
  extra: Extra = {},
): object {
  const { code, rttMs, transmissions, payload = null, diagnostic, maxAgeS } = result;
  const { version, cipher, resumed, connectionId } = session.security;
  return {
    code,
    rttMs: rounded(rttMs),
    handshakeMs: rounded(session.handshakeMs),
    security: { version, cipher, resumed, connectionId },
    payload,
    ...(diagnostic === undefined ? {} : { diagnostic }),
    ...(maxAgeS === undefined ? {} : { maxAgeS }),
    transmissions,
    ...extra,
    ...(result.accepted ? {} : { error: refusalOf(result) }),
  };
}

/** Tells of answers: text for a person, or one JSON object a line. */
export class SignalReporter {
  readonly #output: Output;
  readonly #json: boolean;
  readonly #session: SessionReport;

  constructor(output: Output, json: boolean, session: SessionReport) {
    this.#output = output;
    this.#json = json;
    this.#session = session;
  }

  /** One answer; `text` is what a person reads when it was accepted. Returns the exit code it amounts to. */
  answer(
    result: SignalResult,
    text: (result: SignalResult) => string,
    extra: Extra = {},
  ): ExitCode {
    if (this.#json) {
      this.#output.stdout(`${JSON.stringify(answerJson(result, this.#session, extra))}\n`);
    } else if (result.accepted) {
      this.#output.stdout(`${text(result)}\n`);
    } else {
      const { message, hint } = refusalOf(result);
      this.#output.stderr(`mayday: ${message}\n${hint === null ? "" : `  ${hint}\n`}`);
    }
    return result.accepted ? EXIT.done : EXIT.refused;
  }

  /**
   * The last notification of what is gone [RFC 7641 §3.2]. It bears an error code, but nothing was refused: a
   * mitigation that ran its time ends like this.
   */
  gone(result: SignalResult): void {
    const extra = { notification: true, final: true };
    const json = answerJson({ ...result, accepted: true }, this.#session, extra);
    this.#output.stdout(this.#json ? `${JSON.stringify(json)}\n` : "The mitigation is gone.\n");
  }

  /** A remark that belongs to no answer: stderr. */
  note(text: string): void {
    this.#output.stderr(`mayday: ${text}\n`);
  }
}

function refusalOf(result: SignalResult): { code: string; message: string; hint: string | null } {
  const hint = refusalHint(result) ?? null;
  return { code: "server/refused", message: refusalText(result), hint };
}

/** Microseconds are as fine as a clock in a process is worth. */
function rounded(ms: Millis): Millis {
  return Math.round(ms * 1000) / 1000;
}
