import { z } from "zod";

/** The form of the server's configuration file; what its values mean is checked by `loadServerConfig`. */

const Text = z.string().min(1, "must not be empty");

const ConfigClient = z.strictObject({
  name: Text,
  psk: z.strictObject({ identity: Text, file: Text }).optional(),
  certificate: z.strictObject({ dns: Text }).optional(),
  rawPublicKey: z.strictObject({ file: Text }).optional(),
  prefixes: z.array(Text),
  names: z.array(Text).default([]),
});

/** What an operator may decide otherwise; times in seconds. */
const Policy = z.strictObject({
  maxLifetimeS: z.int().min(1).max(0xffff_ffff).optional(),
  allowIndefinite: z.boolean().optional(),
  terminatingS: z.number().min(0).max(300).optional(),
  maxTerminatingS: z.number().min(0).max(300).optional(),
  notifyIntervalS: z.number().min(0.1).max(3600).optional(),
  maxMitigationsPerClient: z.int().min(1).max(100_000).optional(),
  heartbeatIntervalS: z.int().min(0).max(240).optional(),
  missingHbAllowed: z.int().min(1).max(1000).optional(),
});

/** A certificate with its chain, and its private key, as PEM files. */
const OwnFiles = z.strictObject({
  cert: Text,
  key: Text,
  keyPassphraseFile: Text.optional(),
});

/** What the server proves itself with, and believes certificates by. */
const Tls = z.strictObject({
  /** Without a certificate the key is the server's raw public key. [RFC 7250] */
  cert: Text.optional(),
  key: Text,
  keyPassphraseFile: Text.optional(),
  clientCa: Text.optional(),
  /** Files of certificates, or their SHA-256 fingerprints. */
  revoked: z.array(Text).optional(),
  /** Further certificates of this server, for other names. */
  more: z.array(OwnFiles).optional(),
  legacyCertificates: z.boolean().optional(),
});

const Dtls = z.strictObject({
  connectionId: z.boolean().optional(),
  /** How long a session may be gone on with; 0: not at all. */
  resumption: z.strictObject({ lifetimeS: z.int().min(0).max(604_800) }).optional(),
  /** Of the path to the clients, in octets. */
  mtu: z.int().min(576).max(1500).optional(),
});

export const ServerConfigSchema = z.strictObject({
  listen: z.strictObject({
    udp: Text,
    tcp: Text.optional(),
    data: Text.optional(),
  }),
  tls: Tls.optional(),
  dtls: Dtls.optional(),
  clients: z.array(ConfigClient).min(1, "needs at least one client"),
  mitigator: z.looseObject({ plugin: Text }),
  state: Text.optional(),
  policy: Policy.optional(),
});

/** A part that is not there, or has the wrong form, is undefined. */
function sound<T extends z.ZodType>(form: T) {
  return form.optional().catch(undefined);
}

/** A credential that has the wrong form is still there, without the parts that say which. */
const SoundPsk = z.object({ identity: sound(Text), file: sound(Text) });
const SoundCertificate = z.object({ dns: sound(Text) });
const SoundRawPublicKey = z.object({ file: sound(Text) });

const SoundOwnFiles = z.object({
  cert: sound(Text),
  key: sound(Text),
  keyPassphraseFile: sound(Text),
});

const SoundTls = SoundOwnFiles.extend({
  clientCa: sound(Text),
  revoked: sound(z.array(sound(Text))),
  more: sound(z.array(sound(SoundOwnFiles))),
  legacyCertificates: sound(z.boolean()),
});

const SoundClient = z.object({
  name: sound(Text),
  psk: SoundPsk.optional().catch({}),
  certificate: SoundCertificate.optional().catch({}),
  rawPublicKey: SoundRawPublicKey.optional().catch({}),
  prefixes: sound(z.array(sound(Text))),
  names: sound(z.array(sound(Text))),
});

/**
 * Whatever of a file has the right form, at its place; takes any value. One wrong type must not hide what is wrong with
 * the rest.
 */
export const SoundParts = z
  .object({
    listen: sound(z.object({ udp: sound(Text), tcp: sound(Text), data: sound(Text) })),
    tls: SoundTls.optional().catch({}),
    dtls: sound(Dtls),
    clients: sound(z.array(sound(SoundClient))),
    mitigator: sound(z.looseObject({ plugin: sound(Text) })),
    state: sound(Text),
    policy: sound(Policy),
  })
  .catch({});

/** See `SoundParts`. */
export type ServerConfigParts = z.infer<typeof SoundParts>;

/** The server's own certificates, and by what it believes others. */
export type TlsParts = z.infer<typeof SoundTls>;

/** One certificate of the server. */
export type OwnFileParts = z.infer<typeof SoundOwnFiles>;

/** One client of the file. */
export type ClientParts = z.infer<typeof SoundClient>;

/** The faults of a value's form, each with its path in the file: `clients[0].psk.file: …`. */
export function formFaults(error: z.ZodError): string[] {
  return error.issues.flatMap((issue) => {
    if (issue.code === "unrecognized_keys") {
      return issue.keys.map((key) => `${pathText([...issue.path, key])}: is not known here`);
    }
    return [`${pathText(issue.path)}: ${issue.message}`];
  });
}

/** `["clients", 0, "psk"]` as `clients[0].psk`. */
export function pathText(path: readonly PropertyKey[]): string {
  if (path.length === 0) return "the file";
  return path
    .map((step) => (typeof step === "number" ? `[${step}]` : `.${String(step)}`))
    .join("")
    .replace(/^\./, "");
}
