import type { Address, Clock, Millis, Random } from "../net/ports.ts";
import { ByteWriter } from "../wire/bytes.ts";
import type { ClientHello } from "../wire/dtls/client-hello.ts";
import { constantTimeEqual } from "./crypto/constant-time.ts";
import { hmac } from "./crypto/prf.ts";

/** A secret makes cookies for this long, and its cookies are good for as long again. */
const SECRET_LIFETIME: Millis = 60_000;
/** Octets of a cookie: a truncated HMAC is enough against guessing. */
const COOKIE_LENGTH = 16;

/**
 * Cookies that prove a client's address without a trace kept of it: an HMAC over the address and what
 * the client said. [RFC 6347 §4.2.1]
 */
export class CookieJar {
  readonly #clock: Clock;
  readonly #random: Random;
  #secret: Uint8Array;
  #previous: Uint8Array;
  #since: Millis;

  constructor(clock: Clock, random: Random) {
    this.#clock = clock;
    this.#random = random;
    this.#secret = random.bytes(32);
    this.#previous = random.bytes(32);
    this.#since = clock.now();
  }

  /** The cookie for this client. */
  bake(from: Address, hello: ClientHello): Uint8Array {
    this.#rotate();
    return cookie(this.#secret, from, hello);
  }

  /** Whether the cookie in `hello` is one that this client was given lately. */
  accepts(from: Address, hello: ClientHello): boolean {
    if (hello.cookie.length !== COOKIE_LENGTH) return false;
    this.#rotate();
    const secrets = [this.#secret, this.#previous];
    return secrets.some((secret) => constantTimeEqual(hello.cookie, cookie(secret, from, hello)));
  }

  #rotate(): void {
    const age = this.#clock.now() - this.#since;
    if (age < SECRET_LIFETIME) return;
    // After a long pause the old secret is past its time as well.
    this.#previous = age < 2 * SECRET_LIFETIME ? this.#secret : this.#random.bytes(32);
    this.#secret = this.#random.bytes(32);
    this.#since = this.#clock.now();
  }
}

/** Over the parameters that a client must repeat unchanged. [RFC 6347 §4.2.1] */
function cookie(secret: Uint8Array, from: Address, hello: ClientHello): Uint8Array {
  const said = new ByteWriter()
    .opaque8(new TextEncoder().encode(from.host))
    .u16(from.port)
    .u16(hello.version)
    .opaque8(hello.random)
    .opaque8(hello.sessionId)
    .u16(hello.cipherSuites.length);
  for (const suite of hello.cipherSuites) said.u16(suite);
  said.opaque8(Uint8Array.from(hello.compressionMethods));
  return hmac("sha256", secret, said.done()).slice(0, COOKIE_LENGTH);
}
