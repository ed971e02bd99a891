import type { CoapTransport } from "../coap/transport.ts";
import type { DtlsSession } from "../dtls/session.ts";
import type { DatagramListener, Datagrams, DatagramSocket } from "../net/ports.ts";
import { formatAddress } from "../net/ports.ts";
import type { ConnectRequest, ConnectStep } from "../session/connect.ts";
import { credentialText } from "../session/credential.ts";
import { WireError } from "../wire/bytes.ts";
import { decodeDots } from "../wire/cbor/dots-body.ts";
import { formatCode, isRequestCode } from "../wire/coap/code.ts";
import { decodeCoapMessage } from "../wire/coap/codec.ts";
import type { CoapMessage } from "../wire/coap/message.ts";
import {
  CONTENT_FORMAT_DOTS_CBOR,
  contentFormat,
  findOption,
  findUint,
  OptionNumber,
  uriPath,
  uriQuery,
} from "../wire/coap/options.ts";

/** What `--verbose` tells: every datagram, and every CoAP message inside. Ciphertext and keys never. */

/** Takes one line of a trace. */
export type Trace = (text: string) => void;

const CONTENT_TYPES: Readonly<Record<number, string>> = {
  20: "ChangeCipherSpec",
  21: "Alert",
  22: "Handshake",
  23: "Application",
  25: "Encrypted, with a connection id",
  27: "Return routability check",
};

const HANDSHAKE_TYPES: Readonly<Record<number, string>> = {
  0: "HelloRequest",
  1: "ClientHello",
  2: "ServerHello",
  3: "HelloVerifyRequest",
  4: "NewSessionTicket",
  11: "Certificate",
  12: "ServerKeyExchange",
  13: "CertificateRequest",
  14: "ServerHelloDone",
  15: "CertificateVerify",
  16: "ClientKeyExchange",
  20: "Finished",
};

const METHODS: Readonly<Record<number, string>> = { 1: "GET", 2: "POST", 3: "PUT", 4: "DELETE" };

/** One step of setting a session up. */
export function traceStep(
  trace: Trace,
  step: ConnectStep,
  { host, credential }: ConnectRequest,
): void {
  switch (step.tag) {
    case "resolving":
      return;
    case "resolved":
      return trace(`${host} is ${step.addresses.map(formatAddress).join(", ")}`);
    case "trying":
      return trace(`handshake with ${formatAddress(step.to)}, ${credentialText(credential)}`);
    case "failed":
      return trace(`failed: ${step.error.message} [${step.error.code}]`);
    case "established":
      return trace(`session: ${sessionText(step.dtls)}`);
    default:
      step satisfies never;
  }
}

/** `DTLS1.2 TLS_ECDHE_PSK_WITH_AES_128_GCM_SHA256, resumed, with a connection id, 4.1 ms` */
function sessionText({ security, handshakeMs }: DtlsSession): string {
  const { version, cipher, resumed, connectionId } = security;
  return [
    `${version} ${cipher}`,
    ...(resumed ? ["resumed"] : []),
    ...(connectionId ? ["with a connection id"] : []),
    `${handshakeMs.toFixed(1)} ms`,
  ].join(", ");
}

/** Datagram sockets whose traffic is told of, record by record. */
export function traceDatagrams(datagrams: Datagrams, trace: Trace): Datagrams {
  return {
    async bind(options, listener) {
      const told: DatagramListener = {
        message(data, from) {
          trace(`<- ${formatAddress(from)}  ${describeDatagram(data)}`);
          listener.message(data, from);
        },
        error(fault) {
          trace(`<- ${fault.message} [${fault.code}]`);
          listener.error(fault);
        },
      };
      return tracedSocket(await datagrams.bind(options, told), trace);
    },
  };
}

function tracedSocket(socket: DatagramSocket, trace: Trace): DatagramSocket {
  const seen = new Set<string>();
  return {
    local: socket.local,
    send(data, to) {
      const description = describeDatagram(data);
      // A handshake flight that goes out twice is a retransmission: its first message says so.
      const again = isHandshake(data) && seen.has(description) ? "  (sent again)" : "";
      seen.add(description);
      trace(`-> ${formatAddress(to)}  ${description}${again}`);
      socket.send(data, to);
    },
    close: () => socket.close(),
  };
}

/** The DTLS records of a datagram by kind and size. Tells nothing that is encrypted. [RFC 6347 §4.1] */
export function describeDatagram(data: Uint8Array): string {
  const records: string[] = [];
  let at = 0;
  while (at + RECORD_HEADER <= data.length && records.length < 16) {
    // How long the id before the length is, only the peers know. [RFC 9146 §4]
    const length = data[at] === CID ? data.length - at - RECORD_HEADER : u16(data, at + 11);
    records.push(describeRecord(data, at, length));
    at += RECORD_HEADER + length;
  }
  const kinds = records.length === 0 ? "no DTLS record" : records.join(", ");
  return `${data.length} octets: ${kinds}`;
}

const RECORD_HEADER = 13;
const CID = 25;

function describeRecord(data: Uint8Array, at: number, length: number): string {
  const type = data[at] ?? 0;
  const kind = CONTENT_TYPES[type] ?? `type ${type}`;
  if (type === CID) return `${kind} (${length})`;
  const epoch = u16(data, at + 3);
  if (epoch > 0) return `${kind} (encrypted, ${length})`;
  if (type !== 22) return kind;
  const message = data[at + RECORD_HEADER] ?? 0;
  return HANDSHAKE_TYPES[message] ?? `handshake message ${message}`;
}

function isHandshake(data: Uint8Array): boolean {
  return data[0] === 22;
}

function u16(data: Uint8Array, at: number): number {
  return (data[at] ?? 0) * 256 + (data[at + 1] ?? 0);
}

/** A transport whose CoAP messages are told of. A message whose token went out before is one sent again. */
export function traceTransport(transport: CoapTransport, trace: Trace): CoapTransport {
  const transmissions = new Map<string, number>();
  return {
    maxMessage: transport.maxMessage,
    get rttMs() {
      return transport.rttMs;
    },
    send(data) {
      trace(`-> ${describeSent(data, transmissions)}`);
      transport.send(data);
    },
    listen(listener) {
      transport.listen({
        message(data) {
          trace(`<- ${describeMessage(data)}`);
          listener.message(data);
        },
        closed(reason) {
          trace(`closed: ${reason.message}`);
          listener.closed(reason);
        },
      });
    },
    close() {
      trace("closing the session");
      transport.close();
    },
  };
}

function describeSent(data: Uint8Array, transmissions: Map<string, number>): string {
  const message = read(() => decodeCoapMessage(data));
  if (message === undefined || !isRequestCode(message.code)) return describeMessage(data);
  const observe = read(() => findUint(message.options, OptionNumber.Observe)); // deregistering keeps the token
  const key = `${hex(message.token)} ${observe ?? ""}`;
  const count = (transmissions.get(key) ?? 0) + 1;
  transmissions.set(key, count);
  return `${describeMessage(data)}${count > 1 ? `  (transmission ${count})` : ""}`;
}

/** A CoAP message on one line: type, code, ids, path, observe, body. Any octets give a line. */
export function describeMessage(data: Uint8Array): string {
  const message = read(() => decodeCoapMessage(data));
  if (message === undefined) return `${data.length} octets that are no CoAP message`;
  const { type, code, messageId, token, options } = message;
  const parts = [type.toUpperCase(), METHODS[code] ?? (code === 0 ? "empty" : formatCode(code))];
  parts.push(`id=${messageId}`);
  if (token.length > 0) parts.push(`token=${hex(token)}`);
  if (findOption(options, OptionNumber.IfMatch) !== undefined) parts.push("If-Match");
  const observe = read(() => findUint(options, OptionNumber.Observe));
  if (observe !== undefined) parts.push(`Observe=${observe}`);
  const path = read(() => uriPath(options)) ?? [];
  const query = read(() => uriQuery(options)) ?? [];
  if (path.length > 0)
    parts.push(`/${path.join("/")}${query.length > 0 ? `?${query.join("&")}` : ""}`);
  parts.push(...describePayload(message));
  return parts.join(" ").replaceAll(/\p{Cc}+/gu, "·"); // a peer's text must not steer the terminal
}

function describePayload({ options, payload }: CoapMessage): string[] {
  if (payload.length === 0) return [];
  const format = read(() => contentFormat(options));
  const size = `${payload.length} octets`;
  if (format === CONTENT_FORMAT_DOTS_CBOR) {
    const body = read(() => decodeDots(payload));
    return [`${size} dots+cbor:`, body === undefined ? "unreadable" : JSON.stringify(body)];
  }
  const text = new TextDecoder().decode(payload.subarray(0, 200));
  return [`${size} format ${format ?? "none"}:`, JSON.stringify(text)];
}

/** A trace tells of broken messages too: what cannot be read is left out. */
function read<T>(decode: () => T): T | undefined {
  try {
    return decode();
  } catch (error) {
    if (error instanceof WireError) return undefined;
    throw error;
  }
}

function hex(octets: Uint8Array): string {
  return [...octets].map((octet) => octet.toString(16).padStart(2, "0")).join("");
}
