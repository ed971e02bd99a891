import { ControlError } from "../control/control-error.ts";
import type { CheckedInput } from "../control/contract.ts";
import { parsePskText } from "../host/psk-file.ts";
import type { Millis } from "../net/ports.ts";
import type { StoredCertificate, StoredCredential, StoredPsk } from "../store/agent-store.ts";
import { certificateCredentials } from "./credentials.ts";
import type { PemReader } from "./pem-reader.ts";

/** What a draft of a provider proves itself with, once it is sure that it can be used. */

type Draft = CheckedInput<"provider.add">;
type CertificateDraft = Extract<Draft, { readonly type: "certificate" }>;
type PskDraft = Exclude<Draft, CertificateDraft>;

/**
 * What is to be kept of a draft's credential. `host`: the server's; `atMs`: wall time.
 * @throws {ControlError} `bad-key`, `bad-certificate`; the words never hold any of a key.
 */
export function credentialOf(
  draft: Draft,
  host: string,
  { pem, atMs }: { readonly pem: PemReader; readonly atMs: Millis },
): StoredCredential {
  if (draft.type !== "certificate") return pskOf(draft);
  const stored = certificateOf(pem, draft);
  const { trust } = inWords("certificate", () => certificateCredentials(pem, stored, host, atMs));
  if (trust.anchors.some(({ isCa }) => isCa)) return stored;
  const [first] = trust.anchors;
  throw bad(`The CA file holds no CA's certificate (${first?.subject ?? "it is empty"}).`);
}

function pskOf({ pskIdentity, key }: PskDraft): StoredPsk {
  const octets = parsePskText(key);
  if (typeof octets !== "string") return { type: "psk", identity: pskIdentity, key: octets };
  throw new ControlError({
    reason: "bad-key",
    message: `The key ${octets}.`,
    hint: "Enter the key as your provider gave it to you: as it is, or with hex: or base64: before it.",
  });
}

function certificateOf(
  pem: PemReader,
  { certificate, key, ca, serverName, legacy }: CertificateDraft,
): StoredCertificate {
  return {
    type: "certificate",
    chain: inWords("certificate", () => pem.certificates(certificate)),
    key: inWords("key", () => pem.privateKey(key)),
    cas: inWords("CA file", () => pem.certificates(ca)),
    serverName: serverName?.trim().toLowerCase() ?? null,
    legacy,
  };
}

/** What is wrong with a file is known by the file's place in the draft. */
function inWords<T>(which: "certificate" | "key" | "CA file", read: () => T): T {
  try {
    return read();
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw bad(`The ${which} cannot be used: ${why}.`, cause);
  }
}

const HINT =
  "Take the certificate, its key and the CA's certificate as your provider gave them to you: PEM files.";

function bad(message: string, cause?: unknown): ControlError {
  return new ControlError({
    reason: "bad-certificate",
    message,
    hint: hintOf(cause) ?? HINT,
    cause,
  });
}

/** Whoever read the text may know better what to do about it. */
function hintOf(cause: unknown): string | undefined {
  const hint = cause instanceof Error && "hint" in cause ? cause.hint : undefined;
  return typeof hint === "string" ? hint : undefined;
}
