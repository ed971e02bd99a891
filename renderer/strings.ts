import { activity } from "./strings/activity.ts";
import { common } from "./strings/common.ts";
import { faults } from "./strings/faults.ts";
import { help } from "./strings/help.ts";
import { home } from "./strings/home.ts";
import { providers } from "./strings/providers.ts";
import { units } from "./strings/units.ts";

/**
 * Every word that a user of the interface can read, by where it stands. Texts are for the owner of a shop whose line
 * is under attack: short, no jargon, no blame, no exclamation marks. An engineer's words belong to `engineer`.
 */
export const strings = { common, home, help, providers, activity, faults, units } as const;
