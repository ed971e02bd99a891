/** What an evil peer may say instead of a message's own words: changes of single fields, signed anew where need be. */
import assert from "node:assert/strict";
import type { SigningKey } from "../../agent/dtls/crypto/signature.ts";
import { ByteWriter, concatBytes } from "../../agent/wire/bytes.ts";
import {
  encodeCertificate,
  encodeCertificateVerify,
} from "../../agent/wire/dtls/certificate-messages.ts";
import {
  decodeClientHello,
  encodeClientHello,
  type ClientHello,
} from "../../agent/wire/dtls/client-hello.ts";
import {
  decodeServerKeyExchangeEcdhe,
  encodeServerKeyExchangeEcdhe,
  serverEcdhParams,
  type ServerKeyExchangeEcdhe,
} from "../../agent/wire/dtls/ecdhe-messages.ts";
import type { Extension } from "../../agent/wire/dtls/extensions.ts";
import { HandshakeType } from "../../agent/wire/dtls/handshake.ts";
import {
  decodeServerKeyExchangeEcdhePsk,
  encodeServerKeyExchangeEcdhePsk,
  type ServerKeyExchangeEcdhePsk,
} from "../../agent/wire/dtls/psk-messages.ts";
import {
  decodeServerHello,
  encodeServerHello,
  type ServerHello,
} from "../../agent/wire/dtls/server-hello.ts";
import { editing, ofType } from "./evil-changes.ts";
import { certificateServer, servers } from "./dtls-credentials.ts";
import { bodyOf, type EvilPeer, type Line, type Message, type Plot } from "./evil-peer.ts";
import { EvilServer } from "./evil-server.ts";

const T = HandshakeType;

/** Changes fields of the ServerHello. */
export function serverHello(over: (hello: ServerHello) => Partial<ServerHello>): Plot {
  return editing(T.serverHello, (body) => {
    const hello = decodeServerHello(body);
    return encodeServerHello({ ...hello, ...over(hello) });
  });
}

/** Changes fields of every ClientHello. */
export function clientHello(over: (hello: ClientHello) => Partial<ClientHello>): Plot {
  return editing(T.clientHello, (body) => {
    const hello = decodeClientHello(body);
    return encodeClientHello({ ...hello, ...over(hello) });
  });
}

interface Extended {
  readonly extensions: readonly Extension[];
}

/** With one more extension at the end, be it there already. */
export function withExtension(type: number, data: Uint8Array = new Uint8Array()) {
  return ({ extensions }: Extended): Extended => ({ extensions: [...extensions, { type, data }] });
}

/** With other data in that extension. */
export function havingExtension(type: number, data: Uint8Array = new Uint8Array()) {
  return ({ extensions }: Extended): Extended => ({
    extensions: [...extensions.filter((one) => one.type !== type), { type, data }],
  });
}

/** Without these extensions. */
export function lackingExtensions(...types: readonly number[]) {
  return ({ extensions }: Extended): Extended => ({
    extensions: extensions.filter(({ type }) => !types.includes(type)),
  });
}

/** The Certificate message with this chain. */
export function chain(...ders: readonly Uint8Array[]): () => Uint8Array {
  return () => encodeCertificate({ certificates: ders });
}

/** The Certificate message with more certificates than anybody has: eleven times this one. */
export function longChain(der: Uint8Array): () => Uint8Array {
  const one = new ByteWriter().opaque24(der).done();
  const list = concatBytes(...new Array<Uint8Array>(11).fill(one));
  return () => new ByteWriter().opaque24(list).done();
}

/** Changes the server's key share, and signs it as it is then. */
export function signedShare(
  over: (share: ServerKeyExchangeEcdhe) => Partial<ServerKeyExchangeEcdhe>,
  how: { readonly key?: SigningKey; readonly randoms?: (own: Uint8Array) => Uint8Array } = {},
): Plot {
  return replacingWith(T.serverKeyExchange, (message, flight, peer) => {
    const honest = decodeServerKeyExchangeEcdhe(bodyOf(message));
    const share = { ...honest, ...over(honest) };
    const key = how.key ?? keyFor(flight);
    const scheme = key.schemes.includes(share.scheme) ? share.scheme : (key.schemes[0] ?? 0);
    const randoms = (how.randoms ?? ((own) => own))(randomsOf(flight, peer));
    const signature = key.sign(scheme, concatBytes(randoms, serverEcdhParams(share)));
    return encodeServerKeyExchangeEcdhe({ ...share, signature });
  });
}

/** Changes the server's key share after it was signed. */
export function resharedAfterSigning(
  over: (share: ServerKeyExchangeEcdhe) => Partial<ServerKeyExchangeEcdhe>,
): Plot {
  return editing(T.serverKeyExchange, (body) => {
    const share = decodeServerKeyExchangeEcdhe(body);
    return encodeServerKeyExchangeEcdhe({ ...share, ...over(share) });
  });
}

/** Changes the server's key share of ECDHE_PSK, which nobody signs. */
export function pskShare(
  over: (share: ServerKeyExchangeEcdhePsk) => Partial<ServerKeyExchangeEcdhePsk>,
): Plot {
  return editing(T.serverKeyExchange, (body) => {
    const share = decodeServerKeyExchangeEcdhePsk(body);
    return encodeServerKeyExchangeEcdhePsk({ ...share, ...over(share) });
  });
}

/** A CertificateVerify by this key, over what `over` makes of what was said, said to be of `scheme`. */
export function verifyBy(
  key: SigningKey,
  over: (said: readonly Uint8Array[]) => readonly Uint8Array[] = (said) => said,
  scheme?: number,
): Plot {
  return replacingWith(T.certificateVerify, (_message, _flight, peer) => {
    const said = scheme ?? key.schemes[0] ?? 0;
    const using = key.schemes.includes(said) ? said : (key.schemes[0] ?? 0);
    const signature = key.sign(using, concatBytes(...over(peer.transcript)));
    return encodeCertificateVerify({ scheme: said, signature });
  });
}

/** Puts other words in the place of those of that type, made when it is their turn. */
export function replacingWith(
  type: number,
  make: (message: Message, flight: readonly Line[], peer: EvilPeer) => Uint8Array,
): Plot {
  return {
    mode: "proved",
    change: (flight, _round, peer) =>
      flight.map((line) =>
        line.tag === "message" && line.type === type
          ? { ...line, body: () => make(line, flight, peer) }
          : line,
      ),
  };
}

/** Several changes, one after the other. */
export function both(...plots: readonly Plot[]): Plot {
  return {
    mode: "proved",
    change: (flight, round, peer) =>
      plots.reduce((lines, plot) => plot.change(lines, round, peer), flight),
  };
}

/** A handshake message of these words. */
export function word(type: number, body: Uint8Array = new Uint8Array(), epoch: 0 | 1 = 0): Message {
  return { tag: "message", type, epoch, body };
}

/** A record of something else than the handshake. */
export function record(type: number, epoch: 0 | 1, body: Uint8Array): Line {
  return { tag: "record", type, epoch, body };
}

/** The key that goes with the flight's Certificate. */
function keyFor(flight: readonly Line[]): SigningKey {
  const shown = flight.find(ofType(T.certificate));
  const body = shown?.tag === "message" ? bodyOf(shown) : new Uint8Array();
  const found = certificateServer.certificates.own.find(({ chain: [{ der }] }) =>
    Buffer.from(body).includes(Buffer.from(der)),
  );
  const key = found?.key ?? servers["raw-public-key"].rawPublicKey?.own;
  assert.ok(key);
  return key;
}

function randomsOf(flight: readonly Line[], peer: EvilPeer): Uint8Array {
  const hello = flight.find(ofType(T.serverHello));
  if (hello?.tag !== "message" || !(peer instanceof EvilServer)) return new Uint8Array();
  return concatBytes(peer.clientRandom, decodeServerHello(bodyOf(hello)).random);
}
