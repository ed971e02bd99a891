import { resolve } from "node:path";
import type { Client } from "../dots/server/clients.ts";
import { canonicalName } from "../dots/signal/domain-name.ts";
import { hostPrefix, parsePrefix } from "../dots/signal/prefix.ts";
import type { Prefix } from "../dots/signal/prefix.ts";
import { fingerprintOf } from "../dtls/crypto/x509.ts";
import { readPskFile } from "../host/psk-file.ts";
import { readPublicKey } from "./credential-files.ts";
import type { Findings, Place } from "./findings.ts";
import type { ClientParts, ServerConfigParts } from "./server-config-schema.ts";

/** A client that the server serves, and what it proves itself with: at least one of the three. */
export interface ConfiguredClient {
  readonly client: Client;
  readonly psk?: { readonly identity: string; readonly key: Uint8Array };
  /** The name that its certificate is for, in lower case. */
  readonly certificateName?: string;
  /** DER of the SubjectPublicKeyInfo. [RFC 7250] */
  readonly rawPublicKey?: Uint8Array;
}

type MaybeClient = ClientParts | undefined;

/** The clients of a file, those that can be served; the findings say what is wrong with the others. */
export function clientsOf(
  { clients: entries = [], tls }: Pick<ServerConfigParts, "clients" | "tls">,
  place: Place,
  findings: Findings,
): readonly ConfiguredClient[] {
  noDuplicates(entries, findings);
  const legacy = tls?.legacyCertificates === true;
  const clients = entries.map((parts, index) =>
    parts === undefined ? undefined : clientOf(parts, `clients[${index}]`, legacy, place, findings),
  );
  noSharedKeys(clients, findings);
  return clients.filter((client) => client !== undefined);
}

function noDuplicates(clients: readonly MaybeClient[], { faults }: Findings): void {
  const keys: readonly (readonly [string, (client: MaybeClient) => string | undefined])[] = [
    ["name", (client) => client?.name],
    ["psk.identity", (client) => client?.psk?.identity],
    ["certificate.dns", (client) => sameName(client?.certificate?.dns)],
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

function sameName(dns: string | undefined): string | undefined {
  return dns === undefined ? undefined : (canonicalName(dns) ?? dns.toLowerCase());
}

/** Two clients by one key could not be told apart. */
function noSharedKeys(
  clients: readonly (ConfiguredClient | undefined)[],
  { faults }: Findings,
): void {
  const first = new Map<string, number>();
  for (const [index, client] of clients.entries()) {
    if (client?.rawPublicKey === undefined) continue;
    const key = fingerprintOf(client.rawPublicKey);
    const earlier = first.get(key);
    if (earlier === undefined) first.set(key, index);
    else
      faults.push(
        `clients[${index}].rawPublicKey.file: the key is already that of clients[${earlier}]`,
      );
  }
}

/** One entry, or none for a client that cannot be served; then the findings say why. */
function clientOf(
  parts: ClientParts,
  path: string,
  legacy: boolean,
  place: Place,
  findings: Findings,
): ConfiguredClient | undefined {
  const { name, prefixes = [], names = [] } = parts;
  const scope: Omit<Client, "name"> = {
    prefixes: prefixes.flatMap((text, i) => prefixOf(text, `${path}.prefixes[${i}]`, findings)),
    names: names.flatMap((text, i) => nameOf(text, `${path}.names[${i}]`, findings)),
  };
  if ([parts.psk, parts.certificate, parts.rawPublicKey].every((one) => one === undefined)) {
    findings.faults.push(`${path}: needs psk, certificate or rawPublicKey`);
  }
  const psk = pskOf(parts.psk, `${path}.psk`, place, findings);
  const certificateName = certificateNameOf(parts.certificate, legacy, path, findings);
  const rawPublicKey = rawPublicKeyOf(parts.rawPublicKey, `${path}.rawPublicKey`, place, findings);
  if (name === undefined) return undefined;
  return {
    client: { name, ...scope },
    ...(psk === undefined ? {} : { psk }),
    ...(certificateName === undefined ? {} : { certificateName }),
    ...(rawPublicKey === undefined ? {} : { rawPublicKey }),
  };
}

function pskOf(
  { identity, file }: NonNullable<ClientParts["psk"]> = {},
  path: string,
  { folder }: Place,
  findings: Findings,
): ConfiguredClient["psk"] {
  if (file === undefined) return undefined;
  const read = findings.trying(`${path}.file`, () => readPskFile(resolve(folder, file)));
  findings.warn(`${path}.file`, read?.warnings ?? []);
  return read === undefined || identity === undefined ? undefined : { identity, key: read.key };
}

/** By its common name a certificate may be for anybody; else by a domain name. */
function certificateNameOf(
  { dns }: NonNullable<ClientParts["certificate"]> = {},
  legacy: boolean,
  path: string,
  { faults }: Findings,
): string | undefined {
  if (dns === undefined) return undefined;
  const name = canonicalName(dns) ?? (legacy ? dns.toLowerCase() : undefined);
  if (name === undefined) faults.push(`${path}.certificate.dns: "${dns}" is not a domain name`);
  return name;
}

function rawPublicKeyOf(
  { file }: NonNullable<ClientParts["rawPublicKey"]> = {},
  path: string,
  { folder }: Place,
  findings: Findings,
): Uint8Array | undefined {
  if (file === undefined) return undefined;
  return findings.trying(`${path}.file`, () => readPublicKey(resolve(folder, file)));
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
