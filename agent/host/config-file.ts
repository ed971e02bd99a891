import { readAtMost } from "./bounded-file.ts";
import { SetupError } from "./setup-error.ts";

/**
 * What a configuration file holds, not yet checked. `mostOctets`: a longer file is something else.
 * @throws {SetupError} `config`: it cannot be read, is too large, or is not JSON.
 */
export function readConfigFile(path: string, mostOctets: number): unknown {
  const text = readText(path, mostOctets);
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw configFault(path, [`the file is not JSON: ${messageOf(cause)}`]);
  }
}

/** A configuration file that cannot be used. Each fault begins with its path in the file. */
export function configFault(path: string, faults: readonly string[]): SetupError {
  const message = [`${path} cannot be used:`, ...faults.map((fault) => `  ${fault}`)].join("\n");
  return new SetupError("config", message);
}

function readText(path: string, mostOctets: number): string {
  let data: Buffer;
  try {
    ({ data } = readAtMost(path, mostOctets));
  } catch (cause) {
    throw configFault(path, [`the file cannot be read: ${messageOf(cause)}`]);
  }
  if (data.length > mostOctets) throw configFault(path, ["the file is too large"]);
  return data.toString("utf8");
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
