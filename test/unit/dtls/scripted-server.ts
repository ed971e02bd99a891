/**
 * A server of few lines that says what a test tells it to: its messages are changed before they are numbered, hashed
 * and proved, so that nothing gives a change away but the change itself. Believes any client.
 */
import assert from "node:assert/strict";
import type { CipherSuite } from "../../../agent/dtls/cipher-suites.ts";
import { generateKeyShare, type KeyShareGroup } from "../../../agent/dtls/crypto/key-share.ts";
import { verifySignature, type SigningKey } from "../../../agent/dtls/crypto/signature.ts";
import { parseCertificate } from "../../../agent/dtls/crypto/x509.ts";
import { transcriptForm, type FlightMessage } from "../../../agent/dtls/handshake.ts";
import { masterSecret, pskPremaster, verifyData } from "../../../agent/dtls/key-schedule.ts";
import type { HandshakeMessage } from "../../../agent/dtls/reassembly.ts";
import { concatBytes, sameBytes } from "../../../agent/wire/bytes.ts";
import {
  decodeCertificate,
  decodeCertificateVerify,
  decodeRawPublicKey,
  encodeCertificate,
  encodeCertificateRequest,
  encodeRawPublicKey,
} from "../../../agent/wire/dtls/certificate-messages.ts";
import { decodeClientHello, type ClientHello } from "../../../agent/wire/dtls/client-hello.ts";
import {
  decodeClientKeyExchangeEcdhe,
  encodeServerKeyExchangeEcdhe,
  serverEcdhParams,
} from "../../../agent/wire/dtls/ecdhe-messages.ts";
import {
  CertificateType,
  encodeCertificateTypeChoice,
  encodeRenegotiationInfo,
  ExtensionType,
  type Extension,
} from "../../../agent/wire/dtls/extensions.ts";
import { encodeFinished } from "../../../agent/wire/dtls/finished.ts";
import { HandshakeType } from "../../../agent/wire/dtls/handshake.ts";
import { encodeNewSessionTicket } from "../../../agent/wire/dtls/new-session-ticket.ts";
import {
  decodeClientKeyExchangeEcdhePsk,
  encodeServerKeyExchangeEcdhePsk,
} from "../../../agent/wire/dtls/psk-messages.ts";
import { DTLS12 } from "../../../agent/wire/dtls/record.ts";
import { encodeServerHello, type ServerHello } from "../../../agent/wire/dtls/server-hello.ts";
import { seeded } from "../../support/seeded.ts";

/** A message before it has its number. */
export type Said = readonly [type: number, body: Uint8Array];

/** How the server is and behaves. */
export interface Script {
  readonly suite: CipherSuite;
  readonly group?: KeyShareGroup;
  readonly proof: ServerProof;
  /** Changes the ServerHello. */
  readonly hello?: (hello: ServerHello) => Partial<ServerHello>;
  /** Changes its messages: all of them go through it, flight by flight. */
  readonly say?: (flight: readonly Said[]) => readonly Said[];
  /** For the NewSessionTicket; none is sent unless the client can take one. */
  readonly ticket?: { readonly lifetimeHintS: number; readonly ticket: Uint8Array };
  /** Goes on with a session of this secret, without asking. */
  readonly resume?: Uint8Array;
  /** For the CertificateRequest. */
  readonly request?: {
    readonly certificateTypes: number[];
    readonly signatureAlgorithms: number[];
  };
  /** For the ServerKeyExchange's signature; the key's own choice unless told. */
  readonly scheme?: number;
}

/** What a client has shown and proved so far. */
interface Proved {
  /** DER of its SubjectPublicKeyInfo. */
  certificate: Uint8Array;
  /** Of its CertificateVerify; 0 until one holds. */
  scheme: number;
  finished: boolean;
}

/** With what it proves itself. */
export type ServerProof =
  | { readonly type: "psk"; readonly key: Uint8Array }
  | {
      readonly type: "certificate";
      readonly chain: readonly Uint8Array[];
      readonly key: SigningKey;
    }
  | { readonly type: "raw-public-key"; readonly key: SigningKey };

const T = HandshakeType;
const EMPTY = new Uint8Array();
const ANY_CLIENT = { certificateTypes: [1, 64], signatureAlgorithms: [0x0403, 0x0503, 0x0804] };

/** One handshake of it. */
export class ScriptedServer {
  readonly #script: Script;
  readonly #random = seeded(7).bytes(32);
  readonly #share;
  #hello: ClientHello | undefined;
  #messageSeq = 0;
  #transcript: Uint8Array[] = [];
  #extended = false;
  #master: Uint8Array | undefined;
  /** Of the client. */
  readonly proved: Proved = { certificate: EMPTY, scheme: 0, finished: false };

  constructor(script: Script) {
    this.#script = script;
    this.#share = generateKeyShare(script.group ?? 29);
  }

  /** Of this handshake; undefined before there is one. */
  get master(): Uint8Array | undefined {
    return this.#master;
  }

  /** What it says to a whole flight of the client. */
  answer(flight: readonly FlightMessage[]): readonly HandshakeMessage[] {
    const [first] = flight;
    if (first?.type === T.clientHello) return this.#greet(first);
    for (const message of flight) this.#hear(message);
    return this.#script.resume ? [] : this.#flight(this.#closing());
  }

  #greet(message: FlightMessage): readonly HandshakeMessage[] {
    const { resume } = this.#script;
    this.#hello = decodeClientHello(message.body);
    this.#messageSeq = message.messageSeq;
    this.#transcript = [transcriptForm(message)];
    const chosen = this.#serverHello(this.#hello);
    const extensions = new Set(chosen.extensions.map(({ type }) => type));
    this.#extended = extensions.has(ExtensionType.extendedMasterSecret);
    const hello: Said = [T.serverHello, encodeServerHello(chosen)];
    if (!resume) return this.#flight([hello, ...this.#full()]);
    this.#master = resume;
    return this.#flight([hello, ...this.#closing()]);
  }

  #serverHello(client: ClientHello): ServerHello {
    const { suite, resume, hello } = this.#script;
    const plain: ServerHello = {
      version: DTLS12,
      random: this.#random,
      sessionId: resume ? client.sessionId : EMPTY,
      cipherSuite: suite.id,
      compressionMethod: 0,
      extensions: this.#extensions(client),
    };
    return { ...plain, ...hello?.(plain) };
  }

  #extensions(client: ClientHello): Extension[] {
    const raw = encodeCertificateTypeChoice(CertificateType.rawPublicKey);
    const answers = new Map([
      [ExtensionType.extendedMasterSecret, EMPTY],
      [ExtensionType.renegotiationInfo, encodeRenegotiationInfo(EMPTY)],
      ...(this.#script.ticket ? [[ExtensionType.sessionTicket, EMPTY] as const] : []),
      [ExtensionType.clientCertificateType, raw],
      [ExtensionType.serverCertificateType, raw],
    ]);
    const offered = new Set(client.extensions.map(({ type }) => type));
    return [...answers]
      .filter(([type]) => offered.has(type))
      .map(([type, data]) => ({ type, data }));
  }

  #full(): Said[] {
    const { proof, suite, request = ANY_CLIENT } = this.#script;
    const { group, publicKey } = this.#share;
    const done: Said = [T.serverHelloDone, EMPTY];
    if (proof.type === "psk") {
      if (suite.keyExchange === "psk") return [done];
      const body = encodeServerKeyExchangeEcdhePsk({ hint: EMPTY, group, publicKey });
      return [[T.serverKeyExchange, body], done];
    }
    const certificate =
      proof.type === "certificate"
        ? encodeCertificate({ certificates: proof.chain })
        : encodeRawPublicKey(proof.key.spki);
    return [
      [T.certificate, certificate],
      [T.serverKeyExchange, this.#signedExchange(proof.key)],
      [T.certificateRequest, encodeCertificateRequest({ ...request, authorities: [] })],
      done,
    ];
  }

  #signedExchange(key: SigningKey): Uint8Array {
    const scheme = this.#script.scheme ?? key.schemes[0] ?? 0;
    const { group, publicKey } = this.#share;
    const params = serverEcdhParams({ group, publicKey });
    const signed = concatBytes(this.#clientRandom, this.#random, params);
    const signature = key.sign(key.schemes.includes(scheme) ? scheme : 0x0403, signed);
    return encodeServerKeyExchangeEcdhe({ group, publicKey, scheme, signature });
  }

  get #clientRandom(): Uint8Array {
    return this.#hello?.random ?? EMPTY;
  }

  #hear(message: FlightMessage): void {
    const { type, body } = message;
    const before = [...this.#transcript];
    this.#transcript.push(transcriptForm(message));
    if (type === T.certificate) this.#onCertificate(body);
    if (type === T.clientKeyExchange) this.#onKeyExchange(body);
    if (type === T.certificateVerify) {
      const { scheme, signature } = decodeCertificateVerify(body);
      const spki = this.proved.certificate;
      const holds = verifySignature(spki, scheme, concatBytes(...before), signature);
      this.proved.scheme = holds ? scheme : 0;
    }
    if (type === T.finished) {
      this.proved.finished = sameBytes(body, encodeFinished(this.#verifyData("client", before)));
    }
  }

  #onCertificate(body: Uint8Array): void {
    if (this.#script.proof.type === "raw-public-key") {
      this.proved.certificate = decodeRawPublicKey(body);
      return;
    }
    const [own] = decodeCertificate(body).certificates;
    this.proved.certificate = parseCertificate(own ?? EMPTY).spki;
  }

  #onKeyExchange(body: Uint8Array): void {
    const { proof, suite } = this.#script;
    const plain = proof.type === "psk" && suite.keyExchange === "psk";
    const decode =
      proof.type === "psk" ? decodeClientKeyExchangeEcdhePsk : decodeClientKeyExchangeEcdhe;
    const agreed = plain ? undefined : this.#share.agree(decode(body).publicKey);
    assert.ok(plain || agreed, "its key share");
    const premaster = proof.type === "psk" ? pskPremaster(proof.key, agreed) : agreed;
    this.#master = masterSecret(premaster ?? EMPTY, {
      suite,
      clientRandom: this.#clientRandom,
      serverRandom: this.#random,
      session: this.#extended ? this.#transcript : undefined,
    });
  }

  #closing(): Said[] {
    const { ticket } = this.#script;
    const wanted = this.#hello?.extensions.some(({ type }) => type === ExtensionType.sessionTicket);
    return [
      ...(ticket && wanted ? [[T.newSessionTicket, encodeNewSessionTicket(ticket)] as const] : []),
      [T.finished, EMPTY],
    ];
  }

  /** Numbers what is said, and makes each Finished over all that was said before it. */
  #flight(said: readonly Said[]): readonly HandshakeMessage[] {
    return (this.#script.say?.(said) ?? said).map(([type, body]) => {
      const finished = type === T.finished && body.length === 0;
      const message = {
        type,
        messageSeq: this.#messageSeq,
        epoch: type === T.finished ? 1 : 0,
        body: finished ? encodeFinished(this.#verifyData("server", this.#transcript)) : body,
      };
      this.#messageSeq += 1;
      this.#transcript.push(transcriptForm(message));
      return message;
    });
  }

  #verifyData(sender: "client" | "server", transcript: readonly Uint8Array[]): Uint8Array {
    assert.ok(this.#master, "a Finished before there is a secret");
    return verifyData(this.#script.suite, this.#master, sender, transcript);
  }
}
