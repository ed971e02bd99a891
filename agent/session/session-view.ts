import type { Millis } from "../net/ports.ts";
import type { SessionFault } from "./session-fault.ts";

/** One heartbeat of ours: when it was sent, in milliseconds since the Unix epoch; no round trip when unanswered. */
export interface Beat {
  readonly atMs: Millis;
  readonly rttMs: Millis | null;
}

/** The heartbeats of one run of the agent, over all sessions with the provider. */
export interface HeartbeatView {
  /** Ours. */
  readonly sent: number;
  /** The server's. */
  readonly received: number;
  /** Ours without an answer. */
  readonly missed: number;
  /** Ours without an answer, in a row, on the session in use. */
  readonly missedInARow: number;
  /** The last sign from the server, in milliseconds since the Unix epoch. */
  readonly lastAt: Millis | null;
  readonly intervalS: number;
  /** The last 60 that were answered or missed, oldest first. */
  readonly recent: readonly Beat[];
}

/** How the session with one provider stands: a snapshot. Instants are milliseconds since the Unix epoch. */
export interface SessionView {
  /** `connecting`: a try is under way, and there is no session that answers. `down`: waiting for the next try. */
  readonly state: "connecting" | "active" | "degraded" | "down" | "closed";
  /** Since when it is active, or since when it is not: whatever is tried meanwhile. */
  readonly sinceMs: Millis;
  /** As it was configured: `coaps://HOST:PORT`. */
  readonly server: string;
  /** The address in use, `203.0.113.1:4646`. */
  readonly address: string | null;
  readonly security: {
    readonly version: string;
    readonly cipher: string;
    /** See `SecurityInfo`. */
    readonly resumed: boolean;
    readonly connectionId: boolean;
  } | null;
  /** The smoothed round trip. */
  readonly rttMs: Millis | null;
  readonly heartbeat: HeartbeatView;
  /** What went wrong last, until a session stands and answers. */
  readonly fault: { readonly code: SessionFault; readonly message: string } | null;
  readonly nextTryAtMs: Millis | null;
}
