import type { Clock } from "../../net/ports.ts";
import type { BlockServer } from "./blocks.ts";
import type { Client } from "./clients.ts";
import type { CuidRegistry } from "./cuid-registry.ts";
import type { Log } from "./log.ts";
import type { MitigationTable } from "./mitigation-table.ts";
import type { ServerPolicy } from "./policy.ts";

/** What the requests of one session are served with. */
export interface SessionContext {
  readonly client: Client;
  readonly table: MitigationTable;
  readonly cuids: CuidRegistry;
  readonly blocks: BlockServer;
  readonly policy: ServerPolicy;
  readonly clock: Clock;
  readonly log: Log;
}
