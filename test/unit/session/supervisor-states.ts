/** States and effects that several tests of the supervisor's machine begin from. */
import type {
  Memory,
  SupervisorEffect,
  SupervisorState,
} from "../../../agent/session/supervisor-machine.ts";

export const MINUTE = 60_000;

/** A run in which a session came to stand at 0, and nothing else. */
export const STOOD: Memory = {
  failures: 0,
  fleeting: 1,
  triedAt: 0,
  upAt: 0,
  notBefore: 0,
  kickedAt: undefined,
};

export const ACTIVE: SupervisorState = { tag: "active", memory: STOOD };
export const DOWN_HOLDING: SupervisorState = {
  tag: "down",
  memory: STOOD,
  held: true,
  next: 90_000,
};
export const WAITING: SupervisorState = { tag: "degraded", memory: STOOD, next: 90_000 };

export const TRY_BESIDE: readonly SupervisorEffect[] = [
  { tag: "disarm" },
  { tag: "try", again: true, beside: true },
];
