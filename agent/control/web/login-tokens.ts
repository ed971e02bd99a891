import { createHash, randomBytes, timingSafeEqual } from "node:crypto";

/** How long a login link is good for, in milliseconds. */
export const TOKEN_LIFETIME_MS = 15 * 60_000;

const TOKEN_OCTETS = 32;
const MAX_TOKENS = 20;

interface Token {
  readonly digest: Uint8Array;
  readonly expiresAtMs: number;
}

/** What a login link carries. */
export interface NewToken {
  /** base64url, 256 bits. */
  readonly text: string;
  /** Milliseconds since the Unix epoch. */
  readonly expiresAtMs: number;
}

/**
 * One-time tokens. They live in memory alone, and only their digests: digests are all of one length, so that comparing
 * takes the same time whatever was sent. Instants are milliseconds since the Unix epoch.
 */
export class LoginTokens {
  #tokens: readonly Token[] = [];

  /** Makes a token. Beyond 20 the oldest one is forgotten: whoever asks for a link gets one that works. */
  make(nowMs: number): NewToken {
    const text = randomBytes(TOKEN_OCTETS).toString("base64url");
    const expiresAtMs = nowMs + TOKEN_LIFETIME_MS;
    const living = this.#tokens.filter((token) => token.expiresAtMs > nowMs);
    this.#tokens = [...living, { digest: digest(text), expiresAtMs }].slice(-MAX_TOKENS);
    return { text, expiresAtMs };
  }

  /** Whether `take` would take this token. */
  holds(text: string, nowMs: number): boolean {
    return this.#find(text, nowMs) !== undefined;
  }

  /** Uses a token up. False: it was used, is too old or never was. */
  take(text: string, nowMs: number): boolean {
    const found = this.#find(text, nowMs);
    this.#tokens = this.#tokens.filter((token) => token !== found);
    return found !== undefined;
  }

  /** Forgets all. */
  clear(): void {
    this.#tokens = [];
  }

  #find(text: string, nowMs: number): Token | undefined {
    const given = digest(text);
    const same = this.#tokens.filter((token) => timingSafeEqual(token.digest, given));
    return same.find((token) => token.expiresAtMs > nowMs);
  }
}

function digest(text: string): Uint8Array {
  return createHash("sha256").update(text).digest();
}
