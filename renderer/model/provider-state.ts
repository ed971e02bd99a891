import type { Session } from "../../agent/control/contract.ts";
import { providers } from "../strings/providers.ts";
import type { Millis } from "./format.ts";
import { beatStrip } from "./heartbeats.ts";
import { isHealthy, sessionSituation, troubleSentence } from "./session-situation.ts";
import type { StateName, Tone } from "./situation.ts";

/** How it stands with one provider, on its card. */
export interface ProviderState {
  readonly state: StateName;
  readonly tone: Tone;
  readonly badge: string;
  readonly facts: readonly string[];
}

/** The state of the session with a provider; undefined: the agent has not told of one yet. */
export function providerState(session: Session | undefined, now: Millis): ProviderState {
  if (session === undefined) {
    return { state: "connecting", tone: "idle", badge: providers.states.unknown, facts: [] };
  }
  const { state, tone, details } = sessionSituation(session, [], now);
  if (isHealthy(session)) {
    const beats = beatStrip(session, now).facts;
    return { state, tone, badge: providers.states.active, facts: beats };
  }
  const badge =
    session.state === "active" ? providers.states.missing : providers.states[session.state];
  const facts = state === "connecting" ? details : [troubleSentence(session, now), ...details];
  return { state, tone, badge, facts };
}
