import { domainToASCII } from "node:url";
import { InvalidArgumentError, type Command } from "commander";
import { canonicalName } from "../dots/signal/domain-name.ts";
import type { ClientCredentials } from "../dtls/credentials.ts";
import { readPskFile } from "../host/psk-file.ts";
import {
  readAnchors,
  readOwnCertificate,
  readPublicKey,
  readSigningKey,
} from "../provider/credential-files.ts";
import { parseLiteral } from "../net/address.ts";
import { usageError } from "./exit.ts";
import { collect, readText } from "./signal-arguments.ts";

/** What `mayday signal` proves itself with: the flags, and the files that they name. */

/** The flags, as they were given: which go together is for `credentialFlagsOf`. */
export interface CredentialOptions {
  readonly pskIdentity?: string;
  readonly pskFile?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly ca?: string;
  readonly serverName?: string;
  readonly legacyCertificates?: true;
  readonly rawKey?: string;
  readonly serverRawKey?: readonly string[];
  readonly keyPassphraseFile?: string;
}

/** One credential of one kind, by its files. */
export type CredentialFlags =
  | { readonly type: "psk"; readonly identity: string; readonly file: string }
  | {
      readonly type: "certificate";
      readonly cert: string;
      readonly key: string;
      readonly ca: string;
      readonly passphraseFile: string | undefined;
      readonly serverName: string | undefined;
      readonly legacy: boolean;
    }
  | {
      readonly type: "raw-public-key";
      readonly key: string;
      readonly serverKeys: readonly string[];
      readonly passphraseFile: string | undefined;
    };

/** A credential that was read, and what its owner should know about its files. */
export interface LoadedCredential {
  readonly credential: ClientCredentials;
  readonly warnings: readonly string[];
}

type OptionName = keyof CredentialOptions;

/** The flags of each kind; the first is the one that names the kind. */
const KINDS = [
  { type: "psk", flags: ["pskIdentity", "pskFile"] },
  { type: "certificate", flags: ["cert", "key", "ca", "serverName", "legacyCertificates"] },
  { type: "raw-public-key", flags: ["rawKey", "serverRawKey"] },
] as const satisfies readonly { type: string; flags: readonly OptionName[] }[];

const ALL_KINDS =
  "Give --psk-identity and --psk-file, or --cert, --key and --ca, or --raw-key and --server-raw-key.";

/** Adds the flags that say what a client proves itself with. */
export function addCredentialFlags(command: Command): Command {
  return command
    .option("--psk-identity <id>", "who we are to the server", readText)
    .option("--psk-file <file>", "the pre-shared key: raw text, hex:… or base64:…", readText)
    .option("--cert <file>", "our certificate and those it hangs on, PEM", readText)
    .option("--key <file>", "its private key, PEM", readText)
    .option("--ca <file>", "the CAs that the server's certificate may come from, PEM", readText)
    .option(
      "--server-name <name>",
      "whom the server's certificate must name; the host of --server unless given",
      readServerName,
    )
    .option(
      "--legacy-certificates",
      "take certificates without an extended key usage, or with a common name alone, too",
    )
    .option("--raw-key <file>", "our private key for a server that knows its public half", readText)
    .option(
      "--server-raw-key <file...>",
      "the server's public key, PEM, where it has no certificate [RFC 7250]",
      collect(readText),
    )
    .option("--key-passphrase-file <file>", "what opens an encrypted private key", readText);
}

/** A name as certificates have it, or an address with or without brackets. @throws {InvalidArgumentError} */
function readServerName(text: string): string {
  const literal = parseLiteral(text.replace(/^\[(.*)\]$/, "$1"));
  if (literal !== undefined) return literal.host;
  const name = canonicalName(domainToASCII(text));
  if (name !== undefined) return name;
  throw new InvalidArgumentError(`${JSON.stringify(text)} is neither a domain name nor an address`);
}

/** The one credential that the flags name. @throws {CliError} usage */
export function credentialFlagsOf(options: CredentialOptions): CredentialFlags {
  const given = KINDS.map(({ flags }) => flags.find((flag) => options[flag] !== undefined));
  const [one, other] = given.filter((flag) => flag !== undefined);
  if (one === undefined) throw usageError("there is no credential", ALL_KINDS);
  if (other !== undefined) {
    const both = `${flagOf(one)} and ${flagOf(other)}`;
    throw usageError(`${both} are of credentials of two kinds`, ALL_KINDS);
  }
  const { type } = KINDS[given.indexOf(one)] ?? KINDS[0];
  if (type === "psk") {
    if (options.keyPassphraseFile !== undefined) {
      throw usageError("--key-passphrase-file is for private keys, and a pre-shared key is none");
    }
    return {
      type,
      identity: needed(options, "pskIdentity"),
      file: needed(options, "pskFile"),
    };
  }
  const passphraseFile = options.keyPassphraseFile;
  if (type === "raw-public-key") {
    const key = needed(options, "rawKey");
    return { type, key, serverKeys: needed(options, "serverRawKey"), passphraseFile };
  }
  return {
    type,
    cert: needed(options, "cert"),
    key: needed(options, "key"),
    ca: needed(options, "ca"),
    passphraseFile,
    serverName: options.serverName,
    legacy: options.legacyCertificates === true,
  };
}

function needed<Name extends OptionName>(
  options: CredentialOptions,
  name: Name,
): NonNullable<CredentialOptions[Name]> {
  const value = options[name];
  if (value === undefined || value === null) throw usageError(`${flagOf(name)} is missing`);
  return value;
}

/** `pskFile` as `--psk-file`. */
function flagOf(name: OptionName): string {
  return `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/**
 * Reads the files of a credential.
 * @param where the host that is spoken to, and now in milliseconds since the Unix epoch
 * @throws {SetupError} a file cannot be used
 */
export function loadCredential(
  flags: CredentialFlags,
  where: { readonly host: string; readonly atMs: number },
): LoadedCredential {
  switch (flags.type) {
    case "psk": {
      const { key, warnings } = readPskFile(flags.file);
      return { credential: { type: "psk", identity: flags.identity, key }, warnings };
    }
    case "certificate":
      return loadCertificate(flags, where);
    case "raw-public-key": {
      const { key: own, warnings } = readSigningKey(flags.key, flags.passphraseFile);
      const trusted = flags.serverKeys.map((file) => readPublicKey(file));
      return { credential: { type: "raw-public-key", own, trusted }, warnings };
    }
  }
}

function loadCertificate(
  flags: CredentialFlags & { readonly type: "certificate" },
  { host, atMs }: { readonly host: string; readonly atMs: number },
): LoadedCredential {
  const { key, warnings } = readSigningKey(flags.key, flags.passphraseFile);
  const certificate = readOwnCertificate(flags.cert, key, atMs, "client");
  const ca = readAnchors(flags.ca, atMs);
  const { legacy, serverName = host } = flags;
  return {
    credential: {
      type: "certificate",
      own: certificate.own,
      trust: { anchors: ca.anchors, revocations: new Set(), legacy },
      server: { host: serverName },
    },
    warnings: [
      ...warnings,
      ...certificate.warnings.map((warning) => `${flags.cert}: ${warning}`),
      ...ca.warnings.map((warning) => `${flags.ca}: ${warning}`),
    ],
  };
}
