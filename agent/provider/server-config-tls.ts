import { resolve } from "node:path";
import type { OwnCertificate, ServerCertificates } from "../dtls/credentials.ts";
import type { Certificate } from "../dtls/pki/certificate.ts";
import type { SigningKey } from "../dtls/crypto/signature.ts";
import {
  readAnchors,
  readOwnCertificate,
  readRevoked,
  readSigningKey,
} from "./credential-files.ts";
import type { Findings, Place } from "./findings.ts";
import type { ClientParts, OwnFileParts, TlsParts } from "./server-config-schema.ts";

/** What a server proves itself with, and believes certificates by. */
export interface OwnProofs {
  readonly certificates: Pick<ServerCertificates, "own" | "trust"> | undefined;
  /** For clients that know the server by its key. [RFC 7250] */
  readonly rawKey: SigningKey | undefined;
}

type MaybeClient = ClientParts | undefined;

/** Reads the files of `tls`, and checks that what the clients need of it is there. */
export function tlsOf(
  tls: TlsParts | undefined,
  clients: readonly MaybeClient[],
  place: Place,
  findings: Findings,
): OwnProofs {
  const needs = [
    ...needsOf(clients, "certificate", tls, ["cert", "key", "clientCa"]),
    ...needsOf(clients, "rawPublicKey", tls, ["key"]),
  ];
  findings.faults.push(...needs);
  if (tls === undefined) return { certificates: undefined, rawKey: undefined };
  const served = (kind: Kind): boolean => clients.some((client) => client?.[kind] !== undefined);
  if (!served("certificate") && !served("rawPublicKey")) {
    findings.warnings.push("tls: no client has a certificate or a rawPublicKey; it is not used");
  }
  const key = keyOf(tls, "tls", place, findings);
  const first = certificateOf(tls, "tls", key, place, findings);
  const more = (tls.more ?? []).flatMap((parts, i) =>
    moreOf(parts, `tls.more[${i}]`, place, findings),
  );
  const anchors = anchorsOf(tls.clientCa, place, findings);
  const revocations = revocationsOf(tls.revoked ?? [], place, findings);
  const legacy = tls.legacyCertificates === true;
  return {
    certificates:
      first !== undefined && anchors !== undefined && served("certificate")
        ? { own: [first, ...more], trust: { anchors, revocations, legacy } }
        : undefined,
    rawKey: served("rawPublicKey") ? key : undefined,
  };
}

type Kind = "certificate" | "rawPublicKey";

/** What is missing of `tls` for the first client of a kind. */
function needsOf(
  clients: readonly MaybeClient[],
  kind: Kind,
  tls: TlsParts | undefined,
  parts: readonly ("cert" | "key" | "clientCa")[],
): string[] {
  const first = clients.findIndex((client) => client?.[kind] !== undefined);
  if (first < 0) return [];
  const missing = parts.filter((part) => tls?.[part] === undefined);
  if (missing.length === 0) return [];
  return [`clients[${first}].${kind}: needs ${missing.map((part) => `tls.${part}`).join(", ")}`];
}

function keyOf(
  { key, keyPassphraseFile }: OwnFileParts,
  path: string,
  { folder }: Place,
  findings: Findings,
): SigningKey | undefined {
  if (key === undefined) return undefined;
  const passphraseFile = keyPassphraseFile && resolve(folder, keyPassphraseFile);
  const read = findings.trying(`${path}.key`, () =>
    readSigningKey(resolve(folder, key), passphraseFile),
  );
  findings.warn(`${path}.key`, read?.warnings ?? []);
  return read?.key;
}

function certificateOf(
  { cert }: OwnFileParts,
  path: string,
  key: SigningKey | undefined,
  { folder, atMs }: Place,
  findings: Findings,
): OwnCertificate | undefined {
  if (cert === undefined || key === undefined) return undefined;
  const read = findings.trying(`${path}.cert`, () =>
    readOwnCertificate(resolve(folder, cert), key, atMs, "server"),
  );
  findings.warn(`${path}.cert`, read?.warnings ?? []);
  return read?.own;
}

function moreOf(
  parts: OwnFileParts | undefined,
  path: string,
  place: Place,
  findings: Findings,
): OwnCertificate[] {
  if (parts === undefined) return [];
  const key = keyOf(parts, path, place, findings);
  const own = certificateOf(parts, path, key, place, findings);
  return own === undefined ? [] : [own];
}

function anchorsOf(
  clientCa: string | undefined,
  { folder, atMs }: Place,
  findings: Findings,
): readonly Certificate[] | undefined {
  if (clientCa === undefined) return undefined;
  const read = findings.trying("tls.clientCa", () => readAnchors(resolve(folder, clientCa), atMs));
  findings.warn("tls.clientCa", read?.warnings ?? []);
  return read?.anchors;
}

/** Fingerprints stand for themselves; all else is a file. */
function revocationsOf(
  entries: readonly (string | undefined)[],
  { folder }: Place,
  findings: Findings,
): ReadonlySet<string> {
  const fingerprints = entries.flatMap((entry, i) => {
    if (entry === undefined) return [];
    const digits = entry.replaceAll(":", "").toLowerCase();
    if (/^[0-9a-f]{64}$/.test(digits)) return [digits];
    return findings.trying(`tls.revoked[${i}]`, () => readRevoked(resolve(folder, entry))) ?? [];
  });
  return new Set(fingerprints);
}
