import { dirname, resolve } from "node:path";
import type { MitigatorPlugin } from "../dots/server/mitigator.ts";
import { DEFAULT_POLICY } from "../dots/server/policy.ts";
import type { ServerPolicy } from "../dots/server/policy.ts";
import { DEFAULT_PORT } from "../dots/signal/default-port.ts";
import { parseHostPort, parseLiteral } from "../net/address.ts";
import { NetError } from "../net/ports.ts";
import type { Address, Millis } from "../net/ports.ts";
import { findMitigator, mitigatorNames } from "../../plugins/mitigators.ts";
import { configFault, readConfigFile } from "../host/config-file.ts";
import { Findings } from "./findings.ts";
import type { Place } from "./findings.ts";
import { clientsOf } from "./server-config-clients.ts";
import type { ConfiguredClient } from "./server-config-clients.ts";
import { formFaults, ServerConfigSchema, SoundParts } from "./server-config-schema.ts";
import type { ServerConfigParts } from "./server-config-schema.ts";
import { tlsOf } from "./server-config-tls.ts";
import type { OwnProofs } from "./server-config-tls.ts";

/** How the transport behaves where the operator decides it. */
export interface DtlsSettings {
  /** [RFC 9146] */
  readonly connectionId: boolean;
  /** How long a session may be gone on with; 0: not at all. In milliseconds. */
  readonly resumptionMs: Millis;
  /** The largest UDP payload, in octets; the default of `DtlsParameters` if undefined. */
  readonly maxDatagram: number | undefined;
}

/** A configuration that a server can run with. */
export interface ServerConfig {
  /** The file it comes from, for messages. */
  readonly path: string;
  readonly udp: Address;
  readonly clients: readonly ConfiguredClient[];
  /** What the server proves itself with, besides its clients' keys. */
  readonly own: OwnProofs;
  readonly dtls: DtlsSettings;
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

/** The IPv6 and UDP headers. */
const HEADERS = 40 + 8;

const DAY_S = 86_400;

/**
 * Reads and checks a server's configuration file, and the files that it names. Paths in it are relative to the file.
 * @param atMs wall-clock time in milliseconds since the Unix epoch, by which certificates are judged
 * @throws {SetupError} `config`, with every fault and its path in the file.
 */
export function loadServerConfig(path: string, atMs: number = Date.now()): ServerConfig {
  const content = readConfigFile(path, MAX_FILE_OCTETS);
  const form = ServerConfigSchema.safeParse(content);
  const findings = new Findings();
  if (!form.success) findings.faults.push(...formFaults(form.error));
  const place = { folder: dirname(resolve(path)), atMs };
  const config = check(SoundParts.parse(content), place, findings);
  if (config === undefined || findings.faults.length > 0) throw configFault(path, findings.faults);
  return { ...config, path, warnings: findings.warnings };
}

function check(
  file: ServerConfigParts,
  place: Place,
  findings: Findings,
): Omit<ServerConfig, "path" | "warnings"> | undefined {
  laterVersions(file, findings);
  const udp = addressOf(file.listen?.udp, findings);
  const clients = clientsOf(file, place, findings);
  const own = tlsOf(file.tls, file.clients ?? [], place, findings);
  const mitigator = mitigatorOf(file.mitigator, findings);
  if (file.state === undefined) {
    findings.warnings.push("state: is not set; mitigations are forgotten when the server ends");
  }
  if (udp === undefined || mitigator === undefined) return undefined;
  const statePath = file.state === undefined ? undefined : resolve(place.folder, file.state);
  const dtls = dtlsOf(file.dtls);
  return { udp, clients, own, dtls, mitigator, statePath, policy: policyOf(file.policy) };
}

/** The form covers what later versions serve, so that one file serves them all. */
function laterVersions(file: ServerConfigParts, { warnings }: Findings): void {
  for (const name of ["tcp", "data"] as const) {
    if (file.listen?.[name] !== undefined)
      warnings.push(`listen.${name}: not served by this version`);
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

function dtlsOf({ connectionId, resumption, mtu }: NonNullable<ServerConfigParts["dtls"]> = {}) {
  return {
    connectionId: connectionId ?? true,
    resumptionMs: (resumption?.lifetimeS ?? DAY_S) * 1000,
    maxDatagram: mtu === undefined ? undefined : mtu - HEADERS,
  };
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
