import { Option, type Command } from "commander";
import { NetError } from "../net/ports.ts";
import { parseHostPort } from "../net/address.ts";
import type { EnumName } from "../wire/cbor/dots-schema.ts";
import type { MitigationScope, PortRange } from "../wire/cbor/types.ts";
import { DEFAULT_PORT } from "../dots/signal/default-port.ts";
import type { ContentSelection } from "../dots/signal/requests.ts";
import { usageError } from "./exit.ts";
import {
  collect,
  readCount,
  readCuid,
  readFqdn,
  readLifetime,
  readMid,
  readMtu,
  readPorts,
  readPrefix,
  readProtocol,
  readSeconds,
  readText,
  readUri,
} from "./signal-arguments.ts";
import { addCredentialFlags, type CredentialOptions } from "./signal-credential.ts";

/** Flags that every verb of `mayday signal` has. */
export interface SessionFlags extends CredentialOptions {
  readonly server: string;
  readonly cuid?: string;
  /** Whether connection ids are offered; they are unless told. [RFC 9146] */
  readonly connectionId?: boolean;
  readonly sessionFile?: string;
  /** Of the path, in octets. */
  readonly mtu?: number;
  /** Seconds for the whole of it: handshake and answer. */
  readonly timeout: number;
  readonly verbose?: true;
  readonly json?: true;
}

/** Flags of `put`. */
export interface PutFlags extends SessionFlags {
  readonly mid: number;
  readonly targetPrefix?: readonly string[];
  readonly targetPort?: readonly PortRange[];
  readonly targetProtocol?: readonly number[];
  readonly targetFqdn?: readonly string[];
  readonly targetUri?: readonly string[];
  readonly alias?: readonly string[];
  readonly lifetime: number;
  readonly trigger: boolean;
  readonly efficacy?: EnumName<"attack-status">;
  readonly observe?: number;
}

/** Flags of `get`. */
export interface GetFlags extends SessionFlags {
  readonly mid?: number;
  readonly content?: ContentSelection;
  readonly observe?: number;
}

/** Flags of `delete`. */
export interface DeleteFlags extends SessionFlags {
  readonly mid: number;
}

/** Flags of `heartbeat`. */
export interface HeartbeatFlags extends SessionFlags {
  readonly count: number;
  /** Seconds from one heartbeat to the next. */
  readonly interval: number;
}

const ATTACK_STATUS = [
  "under-attack",
  "attack-successfully-mitigated",
] as const satisfies EnumName<"attack-status">[];

/** Adds the flags that every verb has. */
export function addSessionFlags(command: Command): Command {
  command.requiredOption("--server <uri>", "the provider's server: coaps://HOST[:4646]");
  return addCredentialFlags(command)
    .option("--cuid <cuid>", "client identifier; made from the credential unless given", readCuid)
    .option(
      "--session-file <file>",
      "keep the session in this file, and go on with it next time; the file is a secret",
      readText,
    )
    .option(
      "--no-connection-id",
      "offer none: a session then ends where our address changes, and no request goes along with the handshake",
    )
    .option("--mtu <octets>", "what the path carries in one packet, 576 to 1500; 1280", readMtu)
    .option("--timeout <seconds>", "give up after this long, handshake included", readSeconds, 10)
    .option("--verbose", "tell of every datagram and message on stderr; never of keys")
    .option("--json", "one JSON document on stdout, nothing else there");
}

/** Adds the flags of `put`. */
export function addPutFlags(command: Command): Command {
  return command
    .requiredOption(
      "--mid <n>",
      "number of the request; must grow from request to request",
      readMid,
    )
    .option("--target-prefix <prefix...>", "addresses or prefixes to protect", collect(readPrefix))
    .option("--target-port <port...>", "443 or 1000-2000", collect(readPorts))
    .option(
      "--target-protocol <protocol...>",
      "tcp, udp, icmp, … or a number",
      collect(readProtocol),
    )
    .option("--target-fqdn <name...>", "domain names to protect", collect(readFqdn))
    .option("--target-uri <uri...>", "URIs to protect", collect(readUri))
    .option("--alias <name...>", "aliases that the server knows", collect(readText))
    .option("--lifetime <seconds>", "how long to protect; -1 is without end", readLifetime, 3600)
    .option("--no-trigger", "mitigate only once the session is lost")
    .addOption(
      new Option("--efficacy <status>", "tell how well the mitigation works").choices(
        ATTACK_STATUS,
      ),
    )
    .addOption(observeOption());
}

/** Adds the flags of `get`. */
export function addGetFlags(command: Command): Command {
  return command
    .option("--mid <n>", "one mitigation; all of them unless given", readMid)
    .addOption(
      new Option("--content <nodes>", "which data to ask for").choices([
        "config",
        "non-config",
        "all",
      ]),
    )
    .addOption(observeOption());
}

/** Adds the flags of `delete`. */
export function addDeleteFlags(command: Command): Command {
  return command.requiredOption("--mid <n>", "the mitigation to withdraw", readMid);
}

/** Adds the flags of `heartbeat`. */
export function addHeartbeatFlags(command: Command): Command {
  return command
    .option("--count <n>", "heartbeats to send", readCount, 1)
    .option("--interval <seconds>", "from one to the next", readSeconds, 30);
}

function observeOption(): Option {
  return new Option(
    "--observe <seconds>",
    "go on and tell of every change for this long, or until Ctrl-C; with --json one object a line",
  ).argParser(readSeconds);
}

/** The scope that the flags of `put` describe. */
export function scopeOf(flags: PutFlags): MitigationScope {
  return {
    ...(flags.targetPrefix === undefined ? {} : { "target-prefix": flags.targetPrefix }),
    ...(flags.targetPort === undefined ? {} : { "target-port-range": flags.targetPort }),
    ...(flags.targetProtocol === undefined ? {} : { "target-protocol": flags.targetProtocol }),
    ...(flags.targetFqdn === undefined ? {} : { "target-fqdn": flags.targetFqdn }),
    ...(flags.targetUri === undefined ? {} : { "target-uri": flags.targetUri }),
    ...(flags.alias === undefined ? {} : { "alias-name": flags.alias }),
    lifetime: flags.lifetime,
    ...(flags.trigger ? {} : { "trigger-mitigation": false }),
  };
}

/** The host and port that `--server` names. @throws {CliError} usage */
export function serverOf(uri: string): { readonly host: string; readonly port: number } {
  if (/^coaps\+tcp:/i.test(uri)) {
    throw usageError(
      "--server: coaps+tcp:// comes with a later version",
      "Use coaps://HOST[:4646].",
    );
  }
  const match = /^coaps:\/\/([^/?#@]+)\/?$/i.exec(uri);
  if (match?.[1] === undefined) {
    throw usageError(`--server: ${JSON.stringify(uri)} is not of the form coaps://HOST[:4646]`);
  }
  try {
    const server = parseHostPort(match[1], DEFAULT_PORT);
    if (server.port > 0) return server;
    throw usageError("--server: nobody listens on port 0");
  } catch (error) {
    if (error instanceof NetError) throw usageError(`--server: ${error.message}`);
    throw error;
  }
}
