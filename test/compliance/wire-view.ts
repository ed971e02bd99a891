/** What both ends say on the wire, and places from which to say something else. */
import assert from "node:assert/strict";
import type { Address, DatagramSocket } from "../../agent/net/ports.ts";
import { concatBytes } from "../../agent/wire/bytes.ts";
import { decodeAlert, type Alert } from "../../agent/wire/dtls/alert.ts";
import {
  decodeClientHello,
  encodeClientHello,
  type ClientHello,
} from "../../agent/wire/dtls/client-hello.ts";
import {
  encodeEcPointFormats,
  encodeRenegotiationInfo,
  encodeSignatureAlgorithms,
  encodeSupportedGroups,
  ExtensionType,
  type Extension,
} from "../../agent/wire/dtls/extensions.ts";
import {
  encodeHandshakeFragment,
  HandshakeType,
  splitHandshakeRecord,
  type HandshakeFragment,
} from "../../agent/wire/dtls/handshake.ts";
import {
  decodeHelloVerifyRequest,
  type HelloVerifyRequest,
} from "../../agent/wire/dtls/hello-verify-request.ts";
import {
  ContentType,
  DTLS12,
  encodeRecord,
  splitDatagram,
  type DtlsRecord,
} from "../../agent/wire/dtls/record.ts";
import { decodeServerHello, type ServerHello } from "../../agent/wire/dtls/server-hello.ts";
import { octetsOf, SERVER_ADDRESS, type DtlsLab } from "../support/dtls-lab.ts";

/** Octets of a connection id that our server gives out. */
const CONNECTION_ID = 8;
const RELAY: Address = { family: 4, host: "198.51.100.9", port: 9999 };

/** One datagram, whatever became of it. */
export interface Sent {
  readonly at: number;
  readonly from: "client" | "server";
  readonly octets: Uint8Array;
  readonly records: readonly DtlsRecord[];
  /** Whether it is whole records and nothing else. */
  readonly whole: boolean;
}

/** Every datagram that either end sends from now on; what a relay makes of it is not among them. */
export function watch(lab: DtlsLab): readonly Sent[] {
  const seen: Sent[] = [];
  lab.network.trace = ({ at, packet, fate }) => {
    const { host } = packet.from;
    if (fate === "delivered" || packet.body.tag !== "udp" || host === RELAY.host) return;
    const octets = octetsOf(packet).slice();
    const from = host === SERVER_ADDRESS.host ? "server" : "client";
    seen.push({ at, from, octets, ...taken(octets) });
  };
  return seen;
}

/** The records of a datagram. */
export function taken(datagram: Uint8Array): Pick<Sent, "records" | "whole"> {
  const { records, faulty } = splitDatagram(datagram, CONNECTION_ID);
  return { records, whole: !faulty };
}

/** All records that one end sent. */
export function recordsFrom(seen: readonly Sent[], from: Sent["from"]): readonly DtlsRecord[] {
  return seen.filter((sent) => sent.from === from).flatMap(({ records }) => records);
}

/** The handshake messages, or parts of them, that go in the clear. */
export function clearHandshakes(records: readonly DtlsRecord[]): readonly HandshakeFragment[] {
  return records
    .filter(({ type, epoch }) => type === ContentType.handshake && epoch === 0)
    .flatMap(({ fragment }) => splitHandshakeRecord(fragment));
}

/** The ClientHellos that went out, in order. */
export function clientHellos(seen: readonly Sent[]): readonly ClientHello[] {
  return clearHandshakes(recordsFrom(seen, "client"))
    .filter(({ type }) => type === HandshakeType.clientHello)
    .map(({ fragment }) => decodeClientHello(fragment));
}

/** The body of the first message of that type that a server sent in one piece. */
export function bodyOf(records: readonly DtlsRecord[], wanted: number): Uint8Array | undefined {
  return clearHandshakes(records).find(({ type }) => type === wanted)?.fragment;
}

/** What goes on in place of a datagram. */
export type Rule = (datagram: Uint8Array) => readonly Uint8Array[];

/** Somebody on the path, whom the client takes for the server. */
export interface Relay {
  /** Where the client has to connect to. */
  readonly address: Address;
  /** May be changed at any time. */
  rules: { toServer: Rule; toClient: Rule };
  /** Says something of its own to one of them. */
  inject(to: "client" | "server", datagram: Uint8Array): void;
}

const untouched: Rule = (datagram) => [datagram];

/** For one client. */
export async function relay(
  lab: DtlsLab,
  rules: Partial<{ toServer: Rule; toClient: Rule }> = {},
): Promise<Relay> {
  const host = lab.network.host([RELAY.host]);
  let client: Address | undefined;
  const towards = { family: 4, remote: SERVER_ADDRESS } as const;
  const outer: DatagramSocket = await host.datagrams.bind(
    { local: RELAY },
    {
      message(data, from) {
        client = from;
        for (const out of made.rules.toServer(data.slice())) made.inject("server", out);
      },
      error: () => {},
    },
  );
  const inner: DatagramSocket = await host.datagrams.bind(towards, {
    message(data) {
      for (const out of made.rules.toClient(data.slice())) made.inject("client", out);
    },
    error: () => {},
  });
  const made: Relay = {
    address: RELAY,
    rules: { toServer: untouched, toClient: untouched, ...rules },
    inject(to, datagram) {
      if (to === "server") inner.send(datagram, SERVER_ADDRESS);
      else if (client) outer.send(datagram, client);
    },
  };
  return made;
}

/** A datagram anew of the same records, each of them changed. */
export function rewritten(
  datagram: Uint8Array,
  change: (record: DtlsRecord) => readonly DtlsRecord[],
): Uint8Array {
  return concatBytes(...taken(datagram).records.flatMap(change).map(encodeRecord));
}

/** A client without a session, which says what it is told to. */
export interface Stranger {
  /** What comes back within `forMs`. */
  ask(datagram: Uint8Array, forMs?: number): Promise<readonly Uint8Array[]>;
}

/** One at a port of its own on the client's host. */
export async function stranger(lab: DtlsLab): Promise<Stranger> {
  const answers: Uint8Array[] = [];
  const socket = await lab.clientHost.datagrams.bind(
    { remote: SERVER_ADDRESS },
    { message: (answer) => answers.push(answer.slice()), error: () => {} },
  );
  return {
    async ask(datagram, forMs = 60) {
      socket.send(datagram, SERVER_ADDRESS);
      await lab.network.run({ for: forMs });
      return answers.splice(0);
    },
  };
}

function extension(type: number, data: Uint8Array = new Uint8Array()): Extension {
  return { type, data };
}

/** A ClientHello as a plain client with a pre-shared key or a certificate sends it. */
export const PLAIN_HELLO: ClientHello = {
  version: DTLS12,
  random: new Uint8Array(32).fill(7),
  sessionId: new Uint8Array(),
  cookie: new Uint8Array(),
  cipherSuites: [0xd001, 0xc02b, 0xc02f],
  compressionMethods: [0],
  extensions: [
    extension(ExtensionType.extendedMasterSecret),
    extension(ExtensionType.renegotiationInfo, encodeRenegotiationInfo(new Uint8Array())),
    extension(ExtensionType.supportedGroups, encodeSupportedGroups([29, 23, 24])),
    extension(ExtensionType.ecPointFormats, encodeEcPointFormats([0])),
    extension(
      ExtensionType.signatureAlgorithms,
      encodeSignatureAlgorithms([0x0403, 0x0401, 0x0804]),
    ),
  ],
};

/** Where a message stands. */
export interface Numbers {
  /** Of its record. */
  readonly sequence?: number;
  readonly messageSeq?: number;
  /** Of its record. */
  readonly version?: number;
}

/** A ClientHello as a datagram. */
export function helloDatagram(hello: Partial<ClientHello>, at: Numbers = {}): Uint8Array {
  const body = encodeClientHello({ ...PLAIN_HELLO, ...hello });
  return handshakeDatagram(HandshakeType.clientHello, body, at);
}

/** A message in the clear and in one piece, as a datagram. */
export function handshakeDatagram(type: number, body: Uint8Array, at: Numbers = {}): Uint8Array {
  const { sequence = 0, messageSeq = 0, version = DTLS12 } = at;
  const whole = { type, length: body.length, messageSeq, offset: 0, fragment: body };
  const fragment = encodeHandshakeFragment(whole);
  return encodeRecord({ type: ContentType.handshake, version, epoch: 0, sequence, fragment });
}

/** What a server said to somebody with the right cookie. */
export interface Reply {
  readonly hello: ServerHello | undefined;
  readonly alert: Alert | undefined;
  readonly records: readonly DtlsRecord[];
}

/** The HelloVerifyRequest in an answer, and the number of its record. */
export function cookieIn(
  answers: readonly Uint8Array[],
): HelloVerifyRequest & { readonly record: DtlsRecord } {
  const [record] = answers.flatMap((answer) => taken(answer).records);
  const body = record && bodyOf([record], HandshakeType.helloVerifyRequest);
  assert.ok(record && body, "no HelloVerifyRequest");
  return { ...decodeHelloVerifyRequest(body), record };
}

/** Says this ClientHello without and with the cookie. */
export async function greet(lab: DtlsLab, hello: Partial<ClientHello> = {}): Promise<Reply> {
  const peer = await stranger(lab);
  const { cookie } = cookieIn(await peer.ask(helloDatagram(hello)));
  const again = helloDatagram({ ...hello, cookie }, { sequence: 1, messageSeq: 1 });
  const records = (await peer.ask(again)).flatMap((answer) => taken(answer).records);
  const body = bodyOf(records, HandshakeType.serverHello);
  const alert = records.find(({ type }) => type === ContentType.alert);
  return {
    hello: body && decodeServerHello(body),
    alert: alert && decodeAlert(alert.fragment),
    records,
  };
}
