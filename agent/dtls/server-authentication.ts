import { concatBytes, WireError } from "../wire/bytes.ts";
import { AlertDescription } from "../wire/dtls/alert.ts";
import {
  decodeCertificate,
  decodeCertificateVerify,
  decodeRawPublicKey,
} from "../wire/dtls/certificate-messages.ts";
import { certificateBinding, rawKeyBinding } from "./credential-binding.ts";
import type { Trust } from "./credentials.ts";
import { SIGNATURE_SCHEMES, verifySignature } from "./crypto/signature.ts";
import { fingerprintOf, parseCertificate } from "./crypto/x509.ts";
import { failure, transcriptForm, type HandshakeFailure } from "./handshake.ts";
import { epochKeys } from "./key-schedule.ts";
import type { Certificate } from "./pki/certificate.ts";
import { validatePath } from "./pki/path.ts";
import type { HandshakeMessage } from "./reassembly.ts";
import {
  fail,
  type Exchanged,
  type Greeted,
  type ServerContext,
  type ServerStep,
  type ShownClient,
} from "./server-state.ts";

/** The client's certificate or key: whether it is one of our clients', if it is its own. */
export function onCertificate(
  { asks, ...state }: Greeted,
  message: HandshakeMessage,
  context: ServerContext,
): ServerStep {
  const client =
    asks === "raw-public-key"
      ? shownKey(message.body, state.serverName, context)
      : shownCertificate(message.body, state.serverName, context);
  if ("tag" in client) return fail(client);
  const transcript = [...state.transcript, transcriptForm(message)];
  return [{ ...state, tag: "shown", client, transcript }, []];
}

function shownCertificate(
  body: Uint8Array,
  serverName: string | undefined,
  context: ServerContext,
): ShownClient | HandshakeFailure {
  const { certificates } = context.credentials;
  const shown = decodeCertificate(body).certificates;
  if (!certificates || shown.length === 0) return NOTHING_SHOWN;
  const [leaf, ...others] = parsed(shown) ?? [];
  if (!leaf) {
    return refusal("the client's certificate cannot be read", AlertDescription.badCertificate);
  }
  const { trust } = certificates;
  const verdict = validatePath([leaf, ...others], trust, "client", context.wallTime());
  if (verdict.tag === "fault") {
    return refusal(`the client's certificate ${verdict.reason}`, verdict.alert);
  }
  const names = clientNames(leaf, trust);
  if (!certificates.isClient(names)) {
    const who = `${names.join(", ") || "no name"}, certificate ${leaf.subject}`;
    return refusal(`no client here has that name (${who})`, AlertDescription.accessDenied);
  }
  const { subject, fingerprint, spki } = leaf;
  return {
    identity: { type: "certificate", names, subject, fingerprint },
    binding: certificateBinding(fingerprint, certificates, serverName),
    validUntil: verdict.notAfter,
    spki,
  };
}

/** All of them, or nothing: what cannot be read cannot be left out, as a path may lead over it. */
function parsed(ders: readonly Uint8Array[]): readonly Certificate[] | undefined {
  try {
    return ders.map(parseCertificate);
  } catch (error) {
    if (error instanceof WireError) return undefined;
    throw error;
  }
}

/** The names by which a client is known; older makers' certificates have one in the common name alone. */
function clientNames({ names }: Certificate, { legacy }: Trust): readonly string[] {
  const { dns, ip, srv, email, others, commonName } = names;
  const hasAltName = [dns, ip, srv, email, others].some((list) => list.length > 0);
  if (!legacy || hasAltName || commonName === undefined) return dns;
  return [commonName.toLowerCase()];
}

function shownKey(
  body: Uint8Array,
  serverName: string | undefined,
  { credentials }: ServerContext,
): ShownClient | HandshakeFailure {
  const { rawPublicKey } = credentials;
  const spki = decodeRawPublicKey(body).slice();
  if (!rawPublicKey || spki.length === 0) return NOTHING_SHOWN;
  const fingerprint = fingerprintOf(spki);
  if (!rawPublicKey.isClient(spki)) {
    const reason = `no client here has that public key (${fingerprint})`;
    return refusal(reason, AlertDescription.accessDenied);
  }
  return {
    identity: { type: "raw-public-key", fingerprint },
    binding: rawKeyBinding(spki, rawPublicKey, serverName),
    validUntil: undefined,
    spki,
  };
}

/** The client's signature over all that was said: that it has the key. [RFC 5246 §7.4.8] */
export function onCertificateVerify(
  { tag: _tag, ...state }: Exchanged,
  message: HandshakeMessage,
): ServerStep {
  const { scheme, signature } = decodeCertificateVerify(message.body);
  if (!SIGNATURE_SCHEMES.includes(scheme)) {
    const reason = `the client signed with scheme ${scheme}, which was not asked for`;
    return fail(failure("dtls/protocol", reason, AlertDescription.illegalParameter));
  }
  const said = concatBytes(...state.transcript);
  if (!verifySignature(state.client.spki, scheme, said, signature)) {
    const reason = "the client's signature is not by the key of its certificate";
    return fail(refusal(reason, AlertDescription.decryptError));
  }
  const { suite, master, connectionIds } = state;
  const transcript = [...state.transcript, transcriptForm(message)];
  return [
    { ...state, tag: "keyed", transcript },
    [{ tag: "keys", keys: epochKeys(master, state), suite, connectionIds }],
  ];
}

function refusal(reason: string, alert: number): HandshakeFailure {
  return failure("dtls/authentication", reason, alert);
}

/** An empty Certificate is how a client says that it has none. [RFC 5246 §7.4.6] */
const NOTHING_SHOWN = refusal(
  "the client showed no certificate",
  AlertDescription.handshakeFailure,
);
