import { Buffer } from "node:buffer";
import { createPrivateKey, createPublicKey, type KeyObject } from "node:crypto";

/** Certificates and keys in PEM, from a file or from what somebody pasted. [RFC 7468] */

/** What is wrong with a text. Never holds any of a key. */
export interface PemFault {
  readonly tag: "pem-fault";
  /** Words that follow "the file …": `is empty`. */
  readonly what: string;
  readonly hint: string;
}

/** One part of a text. [RFC 7468 §2] */
interface Block {
  /** `CERTIFICATE`, `PRIVATE KEY`, … */
  readonly label: string;
  /** With its armour. */
  readonly text: string;
  /** What stands between the armour. */
  readonly body: string;
}

/** What is looked for in a text. */
interface Kind {
  readonly label: RegExp;
  /** How it begins, for hints. */
  readonly begins: string;
  readonly called: string;
  /** The OpenSSL command that converts it. */
  readonly command: string;
}

const BEGIN = "-----BEGIN ";
const DASHES = "-----";
const KINDS = {
  certificate: {
    label: /^(X509 )?CERTIFICATE$/,
    begins: "-----BEGIN CERTIFICATE-----",
    called: "certificate",
    command: "x509",
  },
  privateKey: {
    label: /^((RSA|EC|ENCRYPTED) )?PRIVATE KEY$/,
    begins: "-----BEGIN PRIVATE KEY-----",
    called: "private key",
    command: "pkey",
  },
  publicKey: {
    label: /^PUBLIC KEY$/,
    begins: "-----BEGIN PUBLIC KEY-----",
    called: "public key",
    command: "pkey -pubin",
  },
} as const satisfies Record<string, Kind>;

/** An older way to encrypt: the label does not tell, a header in the body does. [RFC 1421 §4.6.1.1] */
const OLD_ENCRYPTION = /^\s*Proc-Type:\s*4,ENCRYPTED/;

/**
 * The certificates in a text, as DER and in their order, one at least. What stands between them does not count, and
 * neither does a key in the same text.
 * @param file what to call the text in a hint
 */
export function certificatesOfPem(text: string, file = "FILE"): readonly Uint8Array[] | PemFault {
  const blocks = blocksOf(text, KINDS.certificate, file);
  if ("tag" in blocks) return blocks;
  const ders = blocks.map(derOf);
  const whole = ders.filter((der) => der !== undefined);
  if (whole.length === ders.length) return whole;
  const place = ders.length > 1 ? ` ${ders.indexOf(undefined) + 1}` : "";
  return fault(`holds certificate${place}, which is damaged: it is not base64`);
}

/**
 * The one private key in a text, of PKCS #8, PKCS #1 or SEC 1; certificates in the same text do not count.
 * @param passphrase for an encrypted key; another has no use for it
 */
export function privateKeyOfPem(
  text: string,
  passphrase?: string,
  file = "FILE",
): KeyObject | PemFault {
  const blocks = blocksOf(text, KINDS.privateKey, file);
  if ("tag" in blocks) return blocks;
  const [block, another] = blocks;
  if (another || !block) return fault(`holds ${blocks.length} private keys, and one is wanted`);
  const encrypted = block.label === "ENCRYPTED PRIVATE KEY" || OLD_ENCRYPTION.test(block.body);
  if (encrypted && passphrase === undefined) {
    const hint = `Give its passphrase (--key-passphrase-file, or keyPassphraseFile in a server's file), or decrypt it once: openssl pkey -in ${file} -out PLAIN.pem`;
    return fault("is encrypted, and there is no passphrase for it", hint);
  }
  try {
    const given = encrypted && passphrase !== undefined ? { passphrase } : {};
    return createPrivateKey({ key: block.text, format: "pem", ...given });
  } catch {
    // What the runtime says of it is not handed on: it would be about the key's octets.
    if (!encrypted) return fault("holds a private key that is damaged, or of an unknown kind");
    return fault("cannot be decrypted: the passphrase is wrong, or the key is damaged");
  }
}

/** The one public key in a text, as the DER of a SubjectPublicKeyInfo. */
export function publicKeyOfPem(text: string, file = "FILE"): Uint8Array | PemFault {
  const blocks = blocksOf(text, KINDS.publicKey, file);
  if ("tag" in blocks) return blocks;
  const [block, another] = blocks;
  if (another || !block) return fault(`holds ${blocks.length} public keys, and one is wanted`);
  try {
    const key = createPublicKey({ key: block.text, format: "pem" });
    return Uint8Array.from(key.export({ type: "spki", format: "der" }));
  } catch {
    return fault("holds a public key that is damaged, or of an unknown kind");
  }
}

/** The parts of one kind, one at least. */
function blocksOf(text: string, kind: Kind, file: string): readonly Block[] | PemFault {
  const all = blocksIn(text);
  const found = all.filter(({ label }) => kind.label.test(label));
  if (found.length > 0) return found;
  return all.length > 0 ? anotherKind(all, kind, file) : noPem(text, kind, file);
}

/** By hand: an expression that allows single dashes in a body takes its time on texts without an end. */
function blocksIn(text: string): readonly Block[] {
  const blocks: Block[] = [];
  for (let from = text.indexOf(BEGIN); from >= 0; from = text.indexOf(BEGIN, from + 1)) {
    const start = text.indexOf(DASHES, from + BEGIN.length);
    const end = start < 0 ? -1 : text.indexOf(DASHES, start + DASHES.length);
    if (end < 0) break;
    const label = text.slice(from + BEGIN.length, start);
    const close = `-----END ${label}-----`;
    if (!text.startsWith(close, end)) continue;
    const body = text.slice(start + DASHES.length, end);
    blocks.push({ label, text: text.slice(from, end + close.length), body });
  }
  return blocks;
}

function anotherKind(all: readonly Block[], kind: Kind, file: string): PemFault {
  const other = Object.values<Kind>(KINDS).find(({ label }) =>
    all.some((block) => label.test(block.label)),
  );
  const held = other?.called ?? all[0]?.label ?? "";
  const what = `holds no ${kind.called} but a ${held}`;
  if (kind === KINDS.publicKey && other === KINDS.privateKey) {
    return fault(what, `Take its public half: openssl pkey -in ${file} -pubout -out PUBLIC.pem`);
  }
  const hint = other
    ? `Are two files the wrong way round? This one is to hold ${kind.begins}.`
    : `It is to hold ${kind.begins}.`;
  return fault(what, hint);
}

function noPem(text: string, kind: Kind, file: string): PemFault {
  if (text.trim() === "") return fault("is empty", `It is to hold ${kind.begins}.`);
  if (text.includes(BEGIN)) return fault("is cut short or damaged: a PEM part has no end");
  if (!text.startsWith("0")) return fault("is not PEM", `It is to hold ${kind.begins}.`); // 0x30: a SEQUENCE
  const { command } = kind;
  const hint = `Convert it: openssl ${command} -inform DER -in ${file} -out ${file}.pem`;
  return fault("is not PEM; it looks like DER", hint);
}

/** Node's decoder passes over what is not base64; a certificate cut short would only be noticed much later. */
function derOf({ body }: Block): Uint8Array | undefined {
  const text = body.replaceAll(/\s/g, "");
  const der = Buffer.from(text, "base64");
  const whole = der.toString("base64").replace(/=+$/, "") === text.replace(/=+$/, "");
  return whole && der.length > 0 ? Uint8Array.from(der) : undefined;
}

function fault(what: string, hint = "Ask for the file again, or make it anew."): PemFault {
  return { tag: "pem-fault", what, hint };
}
