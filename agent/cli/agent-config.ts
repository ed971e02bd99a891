import { dirname, resolve } from "node:path";
import { z } from "zod";
import { configFault, readConfigFile } from "../host/config-file.ts";
import { formFaults } from "../provider/server-config-schema.ts";
import { LOG_LEVELS, type LogLevel } from "./server-log.ts";

/** What `mayday agent run` can be told, by its flags or in a file. */
export interface AgentSettings {
  /** Absolute. */
  readonly dataDir?: string | undefined;
  /** False: no web console. */
  readonly console?: { readonly port?: number | undefined } | false | undefined;
  readonly logLevel?: LogLevel | undefined;
}

const NOT_A_PORT = "is not a port (0 to 65535)";

const MAX_FILE_OCTETS = 65_536;

const Port = z.int(NOT_A_PORT).min(0, NOT_A_PORT).max(65_535, NOT_A_PORT);

const AgentConfig = z.strictObject({
  dataDir: z.string().min(1, "must not be empty").optional(),
  console: z
    .union([z.literal(false), z.strictObject({ port: Port })], {
      error: 'must be false, or {"port": 0 to 65535}',
    })
    .optional(),
  logLevel: z.enum(LOG_LEVELS, { error: `must be one of ${LOG_LEVELS.join(", ")}` }).optional(),
});

/**
 * Reads the agent's configuration file. A path in it is relative to the file.
 * @throws {SetupError} `config`, with every fault and its path in the file.
 */
export function loadAgentConfig(path: string): AgentSettings {
  const form = AgentConfig.safeParse(readConfigFile(path, MAX_FILE_OCTETS));
  if (!form.success) throw configFault(path, formFaults(form.error));
  const { dataDir } = form.data;
  if (dataDir === undefined) return form.data;
  return { ...form.data, dataDir: resolve(dirname(resolve(path)), dataDir) };
}
