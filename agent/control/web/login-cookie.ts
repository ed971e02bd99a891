import { createHmac, timingSafeEqual } from "node:crypto";

/** How long a login lasts when the console is not opened again, in milliseconds. */
export const LOGIN_LIFETIME_MS = 30 * 24 * 3_600_000;

const FORM = /^(\d{1,12})\.([\w-]{43})$/;

/**
 * The login of a browser: a cookie `mayday_PORT=EXPIRY.MAC`, signed with a secret that outlives the agent's process.
 * Browsers send a host's cookies to all of its ports, so the port is in the name, and in what is signed: the login of
 * one agent is none at another one that has the same secret. Instants are milliseconds since the Unix epoch.
 */
export class LoginCookie {
  readonly #name: string;
  readonly #secret: Uint8Array;

  constructor(secret: Uint8Array, port: number) {
    this.#name = `mayday_${port}`;
    this.#secret = secret;
  }

  /** A new login, as the value of `Set-Cookie`. */
  issue(nowMs: number): string {
    const expiry = String(Math.floor((nowMs + LOGIN_LIFETIME_MS) / 1000));
    const mac = this.#mac(expiry).toString("base64url");
    const maxAge = LOGIN_LIFETIME_MS / 1000;
    return `${this.#name}=${expiry}.${mac}; HttpOnly; SameSite=Strict; Path=/; Max-Age=${maxAge}`;
  }

  /**
   * For how long the login in a `Cookie` header is still good, in milliseconds; 0: there is none. Of several the best
   * one counts: a page of another port can set a cookie of our name, and must not lock anybody out by it.
   */
  leftMs(header: string | undefined, nowMs: number): number {
    const start = `${this.#name}=`;
    const values = (header ?? "")
      .split(";")
      .map((pair) => pair.trim())
      .filter((pair) => pair.startsWith(start))
      .map((pair) => this.#expiryMs(pair.slice(start.length)) - nowMs);
    return Math.max(0, ...values);
  }

  /** When a cookie's value ends; 0 for one that is not ours. */
  #expiryMs(value: string): number {
    const [, expiry, mac] = FORM.exec(value) ?? [];
    if (expiry === undefined || mac === undefined) return 0;
    const isOurs = timingSafeEqual(this.#mac(expiry), Buffer.from(mac, "base64url"));
    return isOurs ? Number(expiry) * 1000 : 0;
  }

  #mac(expiry: string): Buffer {
    return createHmac("sha256", this.#secret).update(`${this.#name}.${expiry}`).digest();
  }
}
