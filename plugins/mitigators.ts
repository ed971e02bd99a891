import type { MitigatorPlugin } from "../agent/dots/server/mitigator.ts";
import { simulatedPlugin } from "./mitigator-simulated/mitigator-simulated.ts";

/** The mitigators that a configuration can name. A further one is added to this list. */
const MITIGATORS: readonly MitigatorPlugin[] = [simulatedPlugin];

/** The mitigator of this name. */
export function findMitigator(name: string): MitigatorPlugin | undefined {
  return MITIGATORS.find((plugin) => plugin.name === name);
}

/** The names that there are, for messages. */
export function mitigatorNames(): string[] {
  return MITIGATORS.map((plugin) => plugin.name);
}
