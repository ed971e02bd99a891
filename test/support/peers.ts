/** Peers from the system, for suites that skip visibly where one is not there. */
import { MISSING_PEERS, whereIs } from "../../scripts/peers.ts";

/**
 * A program of someone else's, to be used as `test(title, { skip: client.skip }, () => run(client.path))`.
 * `skip` is the reason when it is not there, else false.
 */
export type PeerProgram =
  | { readonly path: string; readonly skip: false }
  | { readonly path: ""; readonly skip: string };

/** Finds a peer's program. */
export function peer(program: string): PeerProgram {
  const path = whereIs(program);
  if (path !== undefined) return { path, skip: false };
  const reasons = JSON.parse(process.env[MISSING_PEERS] ?? "{}") as Record<string, string>;
  return { path: "", skip: reasons[program] ?? `needs ${program}: not installed` };
}
