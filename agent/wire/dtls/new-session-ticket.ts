import { ByteReader, ByteWriter } from "../bytes.ts";

/** A session as its server gives it to the client to keep. [RFC 5077 §3.3] */
export interface NewSessionTicket {
  /** Seconds for which the server means to take it back; 0 where it does not say. */
  readonly lifetimeHintS: number;
  /** Opaque to the client; empty where the server gives none after all. */
  readonly ticket: Uint8Array;
}

/** Body of NewSessionTicket. [RFC 5077 §3.3] @throws {WireError} */
export function decodeNewSessionTicket(body: Uint8Array): NewSessionTicket {
  const r = new ByteReader(body);
  const lifetimeHintS = r.u32("ticket_lifetime_hint");
  const ticket = r.opaque16("ticket");
  r.end("NewSessionTicket");
  return { lifetimeHintS, ticket };
}

/** Body of NewSessionTicket. [RFC 5077 §3.3] @throws {WireError} when a field does not fit */
export function encodeNewSessionTicket({ lifetimeHintS, ticket }: NewSessionTicket): Uint8Array {
  return new ByteWriter().u32(lifetimeHintS).opaque16(ticket).done();
}
