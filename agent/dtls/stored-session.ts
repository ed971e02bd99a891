import { ByteReader, ByteWriter, concatBytes, WireError } from "../wire/bytes.ts";
import { wipe } from "./crypto/constant-time.ts";
import type { ResumableSession, SessionStore } from "./resumption.ts";

/** Of this form; a session in another one is as good as none. */
const VERSION = 1;
const MASTER_SECRET = 48; // [RFC 5246 §8.1]
/** What stands for a round trip that is not known, or longer than anybody waits. */
const NO_ROUND_TRIP = 0xffff;

/** More servers than anybody has: a store that only ever grows is a fault of its user. */
const MAX_SESSIONS = 256;

/** A session as octets, which hold its secret: the caller wipes them. @throws {WireError} when a field does not fit */
export function encodeStoredSession(session: ResumableSession): Uint8Array {
  const { suite, master, ticket, sessionId, expiresAt, credential } = session;
  if (master.length !== MASTER_SECRET) {
    throw new WireError("wire/out-of-range", `a master secret of ${master.length} octets`);
  }
  const rest = new ByteWriter().u16(suite).u48(expiresAt).opaque16(ticket).opaque8(sessionId);
  rest.opaque16(new TextEncoder().encode(credential));
  rest.u16(Math.min(Math.ceil(session.rttMs ?? NO_ROUND_TRIP), NO_ROUND_TRIP));
  // The secret goes past the writer, whose buffers stay behind.
  return concatBytes(Uint8Array.of(VERSION), master, rest.done());
}

/**
 * The session that these octets are, nothing of it a view on them; undefined for anything else: a store may have been
 * written by another version, or spoiled. Never throws.
 */
export function decodeStoredSession(octets: Uint8Array): ResumableSession | undefined {
  const r = new ByteReader(octets);
  try {
    if (r.u8("version") !== VERSION) return undefined;
    const secret = r.bytes(MASTER_SECRET, "master_secret");
    const suite = r.u16("CipherSuite");
    const expiresAt = r.u48("expires_at");
    const ticket = r.opaque16("ticket").slice();
    const sessionId = r.opaque8("session_id").slice();
    const credential = new TextDecoder().decode(r.opaque16("credential"));
    const rttMs = r.u16("round trip");
    r.end("session");
    const kept = { suite, master: secret.slice(), ticket, sessionId, expiresAt, credential };
    return rttMs === NO_ROUND_TRIP ? kept : { ...kept, rttMs };
  } catch (error) {
    if (error instanceof WireError) return undefined;
    throw error;
  }
}

/** Sessions of this process alone. What is let go is wiped; beyond 256 servers the one saved longest ago goes. */
export class MemorySessionStore implements SessionStore {
  readonly #sessions = new Map<string, Uint8Array>();

  /** A copy, which the caller wipes. */
  load(server: string): Uint8Array | undefined {
    return this.#sessions.get(server)?.slice();
  }

  /** Keeps a copy. */
  save(server: string, session: Uint8Array): void {
    this.forget(server);
    for (const oldest of this.#sessions.keys()) {
      if (this.#sessions.size < MAX_SESSIONS) break;
      this.forget(oldest);
    }
    this.#sessions.set(server, session.slice());
  }

  forget(server: string): void {
    const session = this.#sessions.get(server);
    if (session) wipe(session);
    this.#sessions.delete(server);
  }
}
