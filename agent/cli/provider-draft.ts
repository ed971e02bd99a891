import type { Command } from "commander";
import { contract, type ProviderDraft } from "../control/contract.ts";
import { describeField } from "../control/describe.ts";
import { readPskFile } from "../host/psk-file.ts";
import { textArgument } from "./contract-argument.ts";
import type { ControlEnvironment } from "./control-environment.ts";
import { usageError } from "./exit.ts";

/** Flags that say where a provider's server is and who we are there. */
export interface ServerFlags {
  readonly server?: string;
  readonly pskIdentity?: string;
  readonly pskFile?: string;
}

const { shape } = contract.calls.provider.add.input;

/** Adds the flags of a provider's server. */
export function addServerFlags(command: Command): Command {
  return command
    .option(
      "--server <server>",
      describeField("provider.add", "server"),
      textArgument(shape.server),
    )
    .option(
      "--psk-identity <id>",
      describeField("provider.add", "pskIdentity"),
      textArgument(shape.pskIdentity),
    )
    .option(
      "--psk-file <file>",
      "the file that holds the pre-shared key: raw text, hex:… or base64:…",
    );
}

/**
 * The provider that the flags describe. Its key travels as its octets, whatever the form of the file.
 * @throws {CliError} usage: a flag is missing; {SetupError} the key file.
 */
export function draftOf(
  { output }: ControlEnvironment,
  name: string,
  { server, pskIdentity, pskFile }: ServerFlags,
): ProviderDraft {
  if (server === undefined) throw usageError("--server is missing");
  if (pskIdentity === undefined) throw usageError("--psk-identity is missing");
  if (pskFile === undefined) throw usageError("--psk-file is missing");
  const { key: octets, warnings } = readPskFile(pskFile);
  for (const warning of warnings) output.stderr(`mayday: warning: ${warning}\n`);
  const key = `base64:${Buffer.from(octets).toString("base64")}`;
  if (!shape.key.safeParse(key).success) {
    throw usageError(`--psk-file: ${pskFile} is too large for a key`);
  }
  return { name, server, pskIdentity, key };
}
