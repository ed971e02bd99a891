import type { Activity } from "../control/contract.ts";
import { ActivityKind } from "../control/schemas.ts";
import type { Clock } from "../net/ports.ts";
import type { NewActivity, StoredActivity } from "../store/agent-store.ts";
import { instant } from "./instant.ts";

/** Entries of the activity log. */

/** One of now, about nobody in particular. */
export function newActivity(clock: Clock, kind: Activity["kind"], text: string): NewActivity {
  const atMs = Math.round(clock.wallTime());
  return { atMs, kind, severity: "info", provider: null, request: null, text, details: {} };
}

/** An entry as the contract shows it; undefined for a kind that a later version wrote. */
export function activityView(entry: StoredActivity): Activity | undefined {
  const kind = ActivityKind.safeParse(entry.kind);
  if (!kind.success) return undefined;
  return {
    id: entry.id,
    at: instant(entry.atMs),
    kind: kind.data,
    severity: entry.severity,
    provider: entry.provider,
    mitigation: entry.request === null ? null : String(entry.request),
    text: entry.text,
    details: { ...entry.details },
  };
}
