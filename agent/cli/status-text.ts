import type { Mitigation, Session, Status } from "../control/contract.ts";
import { mitigationSentence, renewalText } from "./mitigation-text.ts";
import { endText } from "./provider-text.ts";
import { ago, ahead, duration, harmless, octets, secondsBetween } from "./plain.ts";

/** What `mayday status` tells a person. */

/** Everything that is true now: each provider in one sentence, the worst first, then what it does for us. */
export function statusText(status: Status, nowMs: number): string {
  const { version, uptimeS, rssBytes } = status.agent;
  const agent = `Mayday ${harmless(version)}, up ${duration(uptimeS)}, ${octets(rssBytes)} of memory.\n`;
  if (status.sessions.length === 0) return `${NOBODY}\n${agent}`;
  const sessions = status.sessions
    .toSorted((a, b) => BADNESS[b.state] - BADNESS[a.state])
    .map((session) => `${sessionSentence(session, nowMs)}\n${certificateLine(session, nowMs)}`);
  const mitigations = status.mitigations.map((one) => mitigationLines(one, nowMs));
  return [...sessions, ...mitigations, agent].join("");
}

const NOBODY = `Nobody to call yet.
  Add your provider: mayday provider add --help
  Try it out with a practice provider: mayday provider add --practice`;

const BADNESS: Readonly<Record<Session["state"], number>> = {
  down: 3,
  degraded: 2,
  connecting: 1,
  active: 0,
};

/** How things stand with one provider, in one sentence. Never calmer than the truth. */
export function sessionSentence(session: Session, nowMs: number): string {
  const who = harmless(session.provider);
  const forText = duration(secondsBetween(session.since, nowMs));
  switch (session.state) {
    case "connecting":
      return `Connecting to ${who} at ${harmless(session.server)}, for ${forText} now.${faultText(session)}`;
    case "degraded":
      return `${who} has not answered for ${silenceText(session, nowMs)}. Trying again.`;
    case "down":
      return `No session with ${who} for ${forText}.${faultText(session)}${nextTryText(session, nowMs)}`;
    case "active":
      return activeSentence(session, nowMs);
  }
}

function activeSentence({ provider, kind, heartbeat, rttMs }: Session, nowMs: number): string {
  const who = harmless(provider);
  const isPractice = kind === "practice";
  if (heartbeat.missedInARow > 0) {
    return `${who} is listening, but did not answer the last heartbeat.`;
  }
  const { lastAt } = heartbeat;
  const answered = lastAt === null ? "" : `, and answered ${ago(lastAt, nowMs)}${rttText(rttMs)}`;
  const ready = `${isPractice ? "Practice:" : "Ready."} ${who} is listening${answered}`;
  return `${ready}.${isPractice ? " Nothing real is filtered." : ""}`;
}

/** Only what has to be done about it. */
function certificateLine({ certificate }: Session, nowMs: number): string {
  if (certificate === null || certificate.state === "valid") return "";
  return `  Our certificate there ${endText(certificate, nowMs)}: ask the provider for a new one.\n`;
}

function mitigationLines(mitigation: Mitigation, nowMs: number): string {
  const { id, phase } = mitigation;
  const renewal = renewalText(mitigation, nowMs);
  const stop = phase === "withdrawing" ? "" : `Stop it: mayday mitigation withdraw ${harmless(id)}`;
  const rest = `${renewal} ${stop}`.trim();
  return `${mitigationSentence(mitigation, nowMs)}\n${rest === "" ? "" : `  ${rest}\n`}`;
}

function rttText(rttMs: number | null): string {
  return rttMs === null ? "" : ` in ${rttMs < 10 ? rttMs.toFixed(1) : Math.round(rttMs)} ms`;
}

/** Since the last sign from the server: the state itself is only noticed later. */
function silenceText({ heartbeat, since }: Session, nowMs: number): string {
  return duration(secondsBetween(heartbeat.lastAt ?? since, nowMs));
}

function faultText({ fault }: Session): string {
  if (fault === null) return "";
  const message = harmless(fault.message);
  return ` ${message.charAt(0).toUpperCase()}${message.slice(1).replace(/\.$/, "")}.`;
}

function nextTryText({ nextTryAt }: Session, nowMs: number): string {
  return nextTryAt === null ? "" : ` Trying again ${ahead(nextTryAt, nowMs)}.`;
}
