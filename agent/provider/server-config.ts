import { dirname, resolve } from "node:path";
import type { Client, ClientIdentity } from "../dots/server/clients.ts";
import type { MitigatorPlugin } from "../dots/server/mitigator.ts";
import { DEFAULT_POLICY } from "../dots/server/policy.ts";
import type { ServerPolicy } from "../dots/server/policy.ts";
import { DEFAULT_PORT } from "../dots/signal/default-port.ts";
import { canonicalName } from "../dots/signal/domain-name.ts";
import { hostPrefix, parsePrefix } from "../dots/signal/prefix.ts";
import type { Prefix } from "../dots/signal/prefix.ts";
import { parseHostPort, parseLiteral } from "../net/address.ts";
import { NetError } from "../net/ports.ts";
import type { Address } from "../net/ports.ts";
import { findMitigator, mitigatorNames } from "../../plugins/mitigators.ts";
import { configFault, readConfigFile } from "../host/config-file.ts";
import { readPskFile } from "../host/psk-file.ts";
import { SetupError } from "../host/setup-error.ts";
import { formFaults, ServerConfigSchema, SoundParts } from "./server-config-schema.ts";
import type { ClientParts, ServerConfigParts } from "./server-config-schema.ts";

/** A client that the server serves, and the key it proves itself with. */
export interface ConfiguredClient {
  readonly client: Client;
  readonly identity: Extract<ClientIdentity, { type: "psk" }>;
  readonly key: Uint8Array;
}

/** A configuration that a server can run with. */
export interface ServerConfig {
  /** The file it comes from, for messages. */
  readonly path: string;
  readonly udp: Address;
  readonly clients: readonly ConfiguredClient[];
  readonly mitigator: {
    readonly plugin: MitigatorPlugin;
    readonly options: Readonly<Record<string, unknown>>;
  };
  /** The database's file; without it nothing is kept. */
  readonly statePath: string | undefined;
  readonly policy: ServerPolicy;
  /** For the operator, on stderr. */
  readonly warnings: readonly string[];
}

/** Room for tens of thousands of clients. */
const MAX_FILE_OCTETS = 16 * 1024 * 1024;

/**
 * Reads and checks a server's configuration file. Paths in it are relative to the file.
 * @throws {SetupError} `config`, with every fault and its path in the file.
 */
export function loadServerConfig(path: string): ServerConfig {
  const content = readConfigFile(path, MAX_FILE_OCTETS);
  const form = ServerConfigSchema.safeParse(content);
  const findings = new Findings();
  if (!form.success) findings.faults.push(...formFaults(form.error));
  const config = check(SoundParts.parse(content), dirname(resolve(path)), findings);
  if (config === undefined || findings.faults.length > 0) throw configFault(path, findings.faults);
  return { ...config, path, warnings: findings.warnings };
}

class Findings {
  readonly faults: string[] = [];
  readonly warnings: string[] = [];
}

function check(
  file: ServerConfigParts,
  folder: string,
  findings: Findings,
): Omit<ServerConfig, "path" | "warnings"> | undefined {
  laterVersions(file, findings);
  const udp = addressOf(file.listen?.udp, findings);
  const entries = file.clients ?? [];
  noDuplicates(entries, findings);
  const clients = entries.flatMap((client, index) =>
    client === undefined ? [] : clientOf(client, `clients[${index}]`, folder, findings),
  );
  const mitigator = mitigatorOf(file.mitigator, findings);
  if (file.state === undefined) {
    findings.warnings.push("state: is not set; mitigations are forgotten when the server ends");
  }
  if (udp === undefined || mitigator === undefined) return undefined;
  const statePath = file.state === undefined ? undefined : resolve(folder, file.state);
  return { udp, clients, mitigator, statePath, policy: policyOf(file.policy) };
}

/** The form covers what later versions serve, so that one file serves them all. */
function laterVersions(file: ServerConfigParts, { warnings }: Findings): void {
  for (const name of ["tcp", "data"] as const) {
    if (file.listen?.[name] !== undefined)
      warnings.push(`listen.${name}: not served by this version`);
  }
  if (file.tls !== undefined) warnings.push("tls: not served by this version");
  for (const [index, client] of file.clients?.entries() ?? []) {
    if (client?.certificate !== undefined) {
      warnings.push(`clients[${index}].certificate: not served by this version`);
    }
  }
}

function addressOf(text: string | undefined, { faults }: Findings): Address | undefined {
  if (text === undefined) return undefined;
  try {
    const { host, port } = parseHostPort(text, DEFAULT_PORT);
    const literal = parseLiteral(host);
    if (literal !== undefined) return { ...literal, port };
    faults.push(`listen.udp: "${host}" is not an IP address`);
  } catch (error) {
    if (!(error instanceof NetError)) throw error;
    faults.push(`listen.udp: ${error.message}`);
  }
  return undefined;
}

type MaybeClient = ClientParts | undefined;

function noDuplicates(clients: readonly MaybeClient[], { faults }: Findings): void {
  const keys: readonly (readonly [string, (client: MaybeClient) => string | undefined])[] = [
    ["name", (client) => client?.name],
    ["psk.identity", (client) => client?.psk?.identity],
    ["certificate.dns", (client) => client?.certificate?.dns?.toLowerCase()],
  ];
  for (const [name, valueOf] of keys) {
    const first = new Map<string, number>();
    for (const [index, client] of clients.entries()) {
      const key = valueOf(client);
      const earlier = key === undefined ? undefined : first.get(key);
      if (earlier === undefined) {
        if (key !== undefined) first.set(key, index);
      } else {
        faults.push(`clients[${index}].${name}: "${key}" is already that of clients[${earlier}]`);
      }
    }
  }
}

/** One entry, or none for a client that this version cannot serve. */
function clientOf(
  { name, psk, certificate, prefixes = [], names = [] }: ClientParts,
  path: string,
  folder: string,
  findings: Findings,
): ConfiguredClient[] {
  const scope: Omit<Client, "name"> = {
    prefixes: prefixes.flatMap((text, i) => prefixOf(text, `${path}.prefixes[${i}]`, findings)),
    names: names.flatMap((text, i) => nameOf(text, `${path}.names[${i}]`, findings)),
  };
  if (psk === undefined) {
    if (certificate === undefined) findings.faults.push(`${path}: needs psk or certificate`);
    return [];
  }
  const { identity, file } = psk;
  const key =
    file === undefined ? undefined : keyOf(resolve(folder, file), `${path}.psk.file`, findings);
  if (name === undefined || identity === undefined || key === undefined) return [];
  return [{ client: { name, ...scope }, identity: { type: "psk", identity }, key }];
}

function keyOf(file: string, path: string, findings: Findings): Uint8Array | undefined {
  try {
    const { key, warnings } = readPskFile(file);
    findings.warnings.push(...warnings.map((warning) => `${path}: ${warning}`));
    return key;
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    findings.faults.push(`${path}: ${error.message}`);
    return undefined;
  }
}

function prefixOf(text: string | undefined, path: string, { faults }: Findings): Prefix[] {
  if (text === undefined) return [];
  const prefix = parsePrefix(text);
  if (typeof prefix === "string") {
    faults.push(`${path}: "${text}" ${prefix}`);
    return [];
  }
  // Whoever wrote an address within the network may have meant that address alone.
  const written = hostPrefix(text.slice(0, text.indexOf("/")));
  if (written?.octets.some((octet, i) => octet !== prefix.octets[i]) === true) {
    faults.push(`${path}: "${text}" has host bits set; write ${prefix.text} or ${written.text}`);
    return [];
  }
  return [prefix];
}

function nameOf(text: string | undefined, path: string, { faults }: Findings): string[] {
  if (text === undefined) return [];
  const name = canonicalName(text);
  if (name === undefined) faults.push(`${path}: "${text}" is not a domain name`);
  return name === undefined ? [] : [name];
}

function mitigatorOf(
  parts: ServerConfigParts["mitigator"],
  { faults }: Findings,
): ServerConfig["mitigator"] | undefined {
  const { plugin: name, ...options } = parts ?? {};
  if (name === undefined) return undefined;
  const plugin = findMitigator(name);
  if (plugin === undefined) {
    faults.push(`mitigator.plugin: "${name}" is not one of ${mitigatorNames().join(", ")}`);
    return undefined;
  }
  faults.push(...plugin.check(options).map((fault) => `mitigator.${fault}`));
  return { plugin, options };
}

function policyOf(own: ServerConfigParts["policy"] = {}): ServerPolicy {
  const { terminatingS, maxTerminatingS, notifyIntervalS, ...rest } = own;
  const set = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined));
  return {
    ...DEFAULT_POLICY,
    ...set,
    ...(terminatingS === undefined ? {} : { terminatingMs: terminatingS * 1000 }),
    ...(maxTerminatingS === undefined ? {} : { maxTerminatingMs: maxTerminatingS * 1000 }),
    ...(notifyIntervalS === undefined ? {} : { notifyIntervalMs: notifyIntervalS * 1000 }),
  };
}
