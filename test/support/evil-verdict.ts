/** What came of a meeting with an evil peer. */
import type { EvilPeer } from "./evil-peer.ts";

/** What became of the victim. */
export interface Verdict {
  readonly established: boolean;
  readonly resumed: boolean;
  /** Why there is no session, in the victim's words. */
  readonly reason: string;
  /** What the victim was told by application data. */
  readonly delivered: readonly string[];
  /** What of the victim's data came back to the evil peer. */
  readonly returned: readonly string[];
  /** Alerts that the victim sent. */
  readonly alerts: readonly string[];
  /** Timers and packets that are left when all is over. */
  readonly pending: number;
}

/** Said by both ends where there is a session. */
export const DATA = "data";
/** Longer than any handshake is waited for. */
export const LONG = 30_000;
/** Longer than what is still on its way takes. */
export const A_WHILE = 1000;

/** What came of it at the evil end. */
export function heardBy(peer: EvilPeer | undefined): Pick<Verdict, "returned" | "alerts"> {
  const alerts = peer?.alerts.filter((name) => name !== "close_notify") ?? [];
  return { returned: peer?.data ?? [], alerts };
}
