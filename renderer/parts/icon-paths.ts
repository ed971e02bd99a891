import type { Activity } from "../../agent/control/contract.ts";
import type { PageName } from "../model/route.ts";
import type { StateName } from "../model/situation.ts";
import type { StepState } from "../model/steps.ts";

/** The drawings of the interface: lines on a grid of 24 by 24. Each meaning has a shape of its own. */

const SHIELD = "M12 2.8 4.5 5.6v5.6c0 4.7 3.1 8.2 7.5 10 4.4-1.8 7.5-5.3 7.5-10V5.6z";
const OCTAGON = "M8.2 3h7.6L21 8.2v7.6L15.8 21H8.2L3 15.8V8.2z";
const TRIANGLE = "M12 3.5 2.8 19.5h18.4z";
const EXCLAMATION = "M12 10v4.5M12 17.1v.1";
const CIRCLE = "M3 12a9 9 0 1 0 18 0a9 9 0 1 0-18 0";
const CHECK = "m8.4 12.2 2.4 2.4 4.8-5";
const CROSS = "m9 9 6 6M15 9l-6 6";

/** What is true now. */
export const STATE_PATHS: Readonly<Record<StateName, readonly string[]>> = {
  connecting: [CIRCLE, "M7.8 12v.1M12 12v.1M16.2 12v.1"],
  "no-agent": ["M12 3v8.5", "M6.6 6.4a8 8 0 1 0 10.8 0"],
  "signed-out": ["M5 11h14v9.5H5z", "M8 11V8a4 4 0 0 1 8 0v3", "M12 15v2"],
  "other-version": [
    "M19.5 11a7.5 7.5 0 0 0-13-4M4.5 13a7.5 7.5 0 0 0 13 4",
    "M6.2 3.2V7H10M17.8 20.8V17H14",
  ],
  "not-set-up": [SHIELD, "M12 8.4v6.8M8.6 11.8h6.8"],
  ready: [SHIELD, "m8.6 12 2.4 2.4 4.6-4.8"],
  "ready-practice": [
    "M9.5 3h5M10.3 3v6.2L5 18.3A1.8 1.8 0 0 0 6.6 21h10.8a1.8 1.8 0 0 0 1.6-2.7L13.7 9.2V3",
    "M7.4 15.2h9.2",
  ],
  degraded: [TRIANGLE, EXCLAMATION],
  asked: ["M21 3.2 2.8 10.4l7.4 3.4L13.6 21z", "M21 3.2 10.2 13.8"],
  accepted: [SHIELD, "M12 7.6v4.6l2.8 1.8"],
  filtering: [SHIELD, "M8 10.5h8M9.2 13.5h5.6M10.6 16.5h2.8"],
  "attack-over": [SHIELD, "M7.8 12c1.4-1.8 2.8-1.8 4.2 0s2.8 1.8 4.2 0"],
  stopping: [SHIELD, "M10 8.8v6M14 8.8v6"],
  refused: [OCTAGON, "M8 12h8"],
  ended: ["M6 21V4", "M6 4.6c4-2 8 2 12 0v9c-4 2-8-2-12 0"],
};

/** How much an entry of the log matters. */
export const SEVERITY_PATHS: Readonly<Record<Activity["severity"], readonly string[]>> = {
  info: [CIRCLE, "M12 11v5M12 7.8v.1"],
  good: [CIRCLE, CHECK],
  warn: [TRIANGLE, EXCLAMATION],
  bad: [OCTAGON, CROSS],
};

/** How far a step has come. */
export const STEP_PATHS: Readonly<Record<StepState, readonly string[]>> = {
  done: [CIRCLE, CHECK],
  waiting: [CIRCLE, "M12 7v5l3 2"],
  ahead: [CIRCLE],
  failed: [OCTAGON, CROSS],
};

/** Where the navigation leads. */
export const PAGE_PATHS: Readonly<Record<PageName, readonly string[]>> = {
  home: ["M4 11 12 4l8 7v8a1.5 1.5 0 0 1-1.5 1.5h-4v-6h-5v6h-4A1.5 1.5 0 0 1 4 19z"],
  help: [
    CIRCLE,
    "M8.4 12a3.6 3.6 0 1 0 7.2 0a3.6 3.6 0 1 0-7.2 0",
    "m5.6 5.6 3.8 3.8M14.6 14.6l3.8 3.8M18.4 5.6l-3.8 3.8M9.4 14.6l-3.8 3.8",
  ],
  activity: ["M3 12h4l2.6-7 4.8 14 2.6-7h4"],
  providers: ["M7 18.5a4.5 4.5 0 0 1-.6-8.96 6 6 0 0 1 11.4 1.4 3.8 3.8 0 0 1-.2 7.56z"],
};

/** Small things to do. */
export const TOOL_PATHS = {
  copy: ["M9 9h10.5v11H9z", "M15 9V4.5H4.5v11H9"],
  remove: ["M4.5 7h15M9.5 7V4.5h5V7M6.5 7l.8 13h9.4l.8-13", "M10 11v5.5M14 11v5.5"],
  add: ["M12 5v14M5 12h14"],
} as const;

/** The product's mark. */
export const MARK_PATHS: readonly string[] = [
  "M4 12a8 8 0 0 1 8-8M4 12a8 8 0 0 0 8 8M8.5 12A3.5 3.5 0 0 1 12 8.5",
  "M12 12v.1",
];
