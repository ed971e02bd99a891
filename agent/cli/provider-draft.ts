import type { Command } from "commander";
import {
  contract,
  type CertificateProviderDraft,
  type ProviderDraft,
  type PskProviderDraft,
} from "../control/contract.ts";
import { describeField } from "../control/describe.ts";
import { readCertificateFile, readKeyFile } from "../host/certificate-files.ts";
import { readPassphraseFile } from "../host/passphrase-file.ts";
import { readPskFile } from "../host/psk-file.ts";
import { textArgument } from "./contract-argument.ts";
import type { ControlEnvironment } from "./control-environment.ts";
import { usageError } from "./exit.ts";

/** Flags that say where a provider's server is and who we are there. */
export interface ServerFlags {
  readonly server?: string;
  readonly pskIdentity?: string;
  readonly pskFile?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly ca?: string;
  readonly serverName?: string;
  readonly keyPassphraseFile?: string;
  readonly legacyCertificates?: true;
}

const [{ shape: psk }, { shape: certificate }] = contract.calls.provider.add.input.options;

const PSK_FLAGS = ["pskIdentity", "pskFile"] as const;
const CERTIFICATE_FLAGS = [
  "cert",
  "key",
  "ca",
  "serverName",
  "keyPassphraseFile",
  "legacyCertificates",
] as const;

/** Adds the flags of a provider's server. */
export function addServerFlags(command: Command): Command {
  return command
    .option("--server <server>", describeField("provider.add", "server"), textArgument(psk.server))
    .option(
      "--psk-identity <id>",
      describeField("provider.add", "pskIdentity"),
      textArgument(psk.pskIdentity),
    )
    .option(
      "--psk-file <file>",
      "the file that holds the pre-shared key: raw text, hex:… or base64:…",
    )
    .option("--cert <file>", "in place of a key: our certificate and those it hangs on, PEM")
    .option("--key <file>", "its private key, PEM")
    .option("--ca <file>", "the CAs that the server's certificate may come from, PEM")
    .option(
      "--server-name <name>",
      "whom the server's certificate must name; the host of --server unless given",
      textArgument(certificate.serverName.unwrap()),
    )
    .option("--key-passphrase-file <file>", "what opens an encrypted private key")
    .option(
      "--legacy-certificates",
      "take certificates without an extended key usage, or with a common name alone, too",
    );
}

/** Whether any of the flags was given. */
export function hasServerFlags(flags: ServerFlags): boolean {
  const names = ["server", ...PSK_FLAGS, ...CERTIFICATE_FLAGS] as const;
  return names.some((name) => flags[name] !== undefined);
}

/**
 * The provider that the flags describe. What its files hold is read, and found to be what it should be, before anybody
 * is asked.
 * @throws {CliError} usage: a flag is missing, or of the other kind of credential; {SetupError} a file.
 */
export function draftOf(
  environment: ControlEnvironment,
  name: string,
  flags: ServerFlags,
): ProviderDraft {
  const { server } = flags;
  if (server === undefined) throw usageError("--server is missing");
  const ofPsk = PSK_FLAGS.find((flag) => flags[flag] !== undefined);
  const ofCertificate = CERTIFICATE_FLAGS.find((flag) => flags[flag] !== undefined);
  if (ofCertificate === undefined) return pskDraft(environment, { name, server }, flags);
  if (ofPsk === undefined) return certificateDraft(environment, { name, server }, flags);
  const both = `${flagOf(ofPsk)} and ${flagOf(ofCertificate)}`;
  throw usageError(`${both}: a provider knows us by a key or by a certificate, not by both`);
}

type Place = Pick<ProviderDraft, "name" | "server">;

/** The key travels as its octets, whatever the form of the file. */
function pskDraft(
  environment: ControlEnvironment,
  place: Place,
  flags: ServerFlags,
): PskProviderDraft {
  const pskIdentity = needed(flags, "pskIdentity");
  const pskFile = needed(flags, "pskFile");
  const { key: octets, warnings } = readPskFile(pskFile);
  warn(environment, warnings);
  const key = `base64:${Buffer.from(octets).toString("base64")}`;
  if (!psk.key.safeParse(key).success) {
    throw usageError(`--psk-file: ${pskFile} is too large for a key`);
  }
  return { ...place, pskIdentity, key };
}

/** Of the files only what counts travels; the key as it is once it is decrypted. */
function certificateDraft(
  environment: ControlEnvironment,
  place: Place,
  flags: ServerFlags,
): CertificateProviderDraft {
  const [cert, keyFile, ca] = [
    needed(flags, "cert"),
    needed(flags, "key"),
    needed(flags, "ca"),
  ] as const;
  const { serverName, legacyCertificates } = flags;
  const passphrase = passphraseOf(environment, flags);
  const { key, warnings } = readKeyFile(keyFile, passphrase);
  warn(environment, warnings);
  const draft = {
    type: "certificate",
    ...place,
    certificate: pemOf(readCertificateFile(cert)),
    key: key.export({ type: "pkcs8", format: "pem" }).toString(),
    ca: pemOf(readCertificateFile(ca)),
    ...(serverName === undefined ? {} : { serverName }),
    ...(legacyCertificates === true ? { legacy: true } : {}),
  } as const;
  for (const [flag, path, field] of [
    ["--cert", cert, "certificate"],
    ["--key", keyFile, "key"],
    ["--ca", ca, "ca"],
  ] as const) {
    if (!certificate[field].safeParse(draft[field]).success) {
      throw usageError(`${flag}: ${path} holds too much`);
    }
  }
  return draft;
}

function passphraseOf(
  environment: ControlEnvironment,
  { keyPassphraseFile }: ServerFlags,
): string | undefined {
  if (keyPassphraseFile === undefined) return undefined;
  const { passphrase, warnings } = readPassphraseFile(keyPassphraseFile);
  warn(environment, warnings);
  return passphrase;
}

function warn({ output }: ControlEnvironment, warnings: readonly string[]): void {
  for (const warning of warnings) output.stderr(`mayday: warning: ${warning}\n`);
}

function needed(
  flags: ServerFlags,
  name: Exclude<keyof ServerFlags, "legacyCertificates">,
): string {
  const value = flags[name];
  if (value === undefined) throw usageError(`${flagOf(name)} is missing`);
  return value;
}

/** `pskFile` as `--psk-file`. */
function flagOf(name: keyof ServerFlags): string {
  return `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** [RFC 7468 §5] */
function pemOf(ders: readonly Uint8Array[]): string {
  return ders
    .map((der) => {
      const lines = Buffer.from(der).toString("base64").replaceAll(/.{64}/g, "$&\n").trimEnd();
      return `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`;
    })
    .join("");
}
