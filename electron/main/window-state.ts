import { renameSync, writeFileSync } from "node:fs";
import { readAtMost } from "../../agent/host/bounded-file.ts";

/** A rectangle on the desktop, in its own points. */
export interface Area {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** How the window was left. */
export interface WindowState extends Area {
  readonly maximized: boolean;
}

/** Where the window opens. Without `x` and `y` the system chooses: in the middle. */
export interface Placement {
  readonly x?: number;
  readonly y?: number;
  readonly width: number;
  readonly height: number;
  readonly maximized: boolean;
}

/** What the interface needs at least; narrower than that it would be a phone's. */
export const LEAST = { width: 380, height: 520 };
const USUAL = { width: 1080, height: 760 };
/** As much of the window must be on a display that it can be seen and taken hold of. */
const IN_SIGHT = { width: 120, height: 60 };
const MOST_OCTETS = 4096;

/**
 * Where to open: as it was left, no larger than the display that it is on; in the middle where no display shows it any
 * more, since one that is out of sight cannot be brought back.
 */
export function placementOf(left: WindowState | undefined, displays: readonly Area[]): Placement {
  if (left === undefined) return { ...USUAL, maximized: false };
  const display = displays.find((one) => isInSight(left, one));
  const { maximized } = left;
  if (display === undefined) return { ...fitted(left, largest(displays)), maximized };
  return { x: left.x, y: Math.max(left.y, display.y), ...fitted(left, display), maximized };
}

type Size = Pick<Area, "width" | "height">;

function fitted(size: Size, most: Size): Size {
  return {
    width: Math.max(LEAST.width, Math.min(size.width, most.width)),
    height: Math.max(LEAST.height, Math.min(size.height, most.height)),
  };
}

function largest(displays: readonly Area[]): Size {
  const [first] = displays.toSorted((a, b) => b.width * b.height - a.width * a.height);
  return first ?? USUAL;
}

/** By its upper edge, by which a window is moved. */
function isInSight(window: Area, display: Area): boolean {
  const right = Math.min(window.x + window.width, display.x + display.width);
  const wide = right - Math.max(window.x, display.x);
  const top = window.y >= display.y - IN_SIGHT.height;
  return wide >= IN_SIGHT.width && top && window.y <= display.y + display.height - IN_SIGHT.height;
}

/** How the window was left, or undefined where that is not known: a first start, or a file that is damaged. */
export function readWindowState(path: string): WindowState | undefined {
  try {
    const { data } = readAtMost(path, MOST_OCTETS);
    const value: unknown = JSON.parse(data.toString("utf8"));
    return isWindowState(value) ? value : undefined;
  } catch {
    return undefined; // worth no word: the window opens in the middle
  }
}

/** Keeps how the window was left. @throws {Error} the system's. */
export function writeWindowState(path: string, state: WindowState): void {
  const { x, y, width, height, maximized } = state;
  writeFileSync(`${path}.new`, JSON.stringify({ x, y, width, height, maximized }), { mode: 0o600 });
  renameSync(`${path}.new`, path);
}

function isWindowState(value: unknown): value is WindowState {
  if (typeof value !== "object" || value === null) return false;
  const { x, y, width, height, maximized }: Partial<Record<keyof WindowState, unknown>> = value;
  const sound = [x, y, width, height].every((one) => Number.isSafeInteger(one));
  return sound && typeof maximized === "boolean";
}
