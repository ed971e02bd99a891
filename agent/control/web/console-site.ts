import type { IncomingHttpHeaders } from "node:http";
import { acceptsGzip } from "./accepts-gzip.ts";
import { NO_STORE } from "./answer.ts";
import type { Answer } from "./answer.ts";
import { assetPath, INDEX, isHashed } from "./asset-path.ts";
import { LOGIN_LIFETIME_MS } from "./login-cookie.ts";
import type { LoginCookie } from "./login-cookie.ts";
import type { LoginTokens } from "./login-tokens.ts";
import { PAGE_STYLE, STYLE_PATH } from "./page.ts";
import { refusalAnswer } from "./refusal.ts";
import type { Refusal } from "./refusal.ts";
import type { StaticFile, StaticFiles } from "./static-files.ts";

/** Where the page talks to the agent. */
const CONTROL_PATH = "/control";
const LOGIN_PATH = "/login";

/** What of a request decides its answer; as Node's `IncomingMessage` has it. */
export interface SiteRequest {
  readonly method?: string | undefined;
  /** The request's target, as it was sent. */
  readonly url?: string | undefined;
  readonly headers: IncomingHttpHeaders;
}

/** What the site is made of. */
export interface SiteParts {
  /** The values of `Host` that it answers to. */
  readonly hosts: ReadonlySet<string>;
  readonly cookie: LoginCookie;
  readonly tokens: LoginTokens;
  readonly files: StaticFiles;
  /** Milliseconds since the Unix epoch. */
  readonly now: () => number;
}

/** What every answer of the site is: pages, files, or a refusal. */
export type SiteAnswer = Answer | Refusal;

/** Which request gets what. Knows no socket. */
export class ConsoleSite {
  readonly #parts: SiteParts;

  constructor(parts: SiteParts) {
    this.#parts = parts;
  }

  /** The name by which a request calls this console; undefined: it means another place. */
  hostOf({ headers }: SiteRequest): string | undefined {
    const host = headers.host?.toLowerCase();
    return host !== undefined && this.#parts.hosts.has(host) ? host : undefined;
  }

  /** The answer to a request. @throws {Error} the system's: a file cannot be read now. */
  async answer(request: SiteRequest): Promise<SiteAnswer> {
    const refusal = this.#screen(request);
    if (refusal !== undefined) return refusal;
    const { path, query } = targetOf(request);
    if (path === STYLE_PATH) return fileOf("text/css; charset=utf-8", PAGE_STYLE);
    if (path === LOGIN_PATH) return this.#login(request, query.get("token") ?? "");
    if (!this.#isLoggedIn(request)) return "not-logged-in";
    if (path === CONTROL_PATH) return "not-upgraded";
    return this.#file(request, path);
  }

  /** Why a request may not become a WebSocket that talks to the agent; undefined: it may. */
  upgradeRefusal(request: SiteRequest): Refusal | undefined {
    const host = this.hostOf(request);
    if (host === undefined) return "foreign-host";
    if (request.method !== "GET") return "method";
    if (request.url !== CONTROL_PATH) return "no-such-page";
    // Browsers send a host's cookies with a WebSocket whatever page opens it, so the cookie alone proves nothing.
    if (request.headers.origin !== `http://${host}`) return "foreign-origin";
    return this.#isLoggedIn(request) ? undefined : "not-logged-in";
  }

  #screen(request: SiteRequest): Refusal | undefined {
    const { method, url, headers } = request;
    if (this.hostOf(request) === undefined) return "foreign-host";
    if (method !== "GET" && method !== "HEAD") return "method";
    if (url?.startsWith("/") !== true) return "target";
    const octets = Number(headers["content-length"] ?? 0);
    return octets > 0 || headers["transfer-encoding"] !== undefined ? "body" : undefined;
  }

  #login(request: SiteRequest, token: string): SiteAnswer {
    const { tokens, cookie, now } = this.#parts;
    if (isPrefetch(request)) return "prefetch";
    if (request.method === "HEAD") {
      return tokens.holds(token, now()) || this.#isLoggedIn(request) ? home({}) : "used-link";
    }
    if (tokens.take(token, now())) return home({ "Set-Cookie": cookie.issue(now()) });
    return this.#isLoggedIn(request) ? home({}) : "used-link";
  }

  async #file(request: SiteRequest, path: string): Promise<SiteAnswer> {
    const name = assetPath(path);
    const file = name === undefined ? undefined : await this.#parts.files.read(name);
    if (name === undefined || file === undefined) {
      return name === INDEX ? "not-built" : "no-such-page";
    }
    if (isHashed(name)) return packedFor(request, file, IMMUTABLE);
    return packedFor(request, file, { ...NO_STORE, ...this.#renewal(request) });
  }

  /** A browser that opens the console now and then is never logged out. */
  #renewal({ headers }: SiteRequest): Readonly<Record<string, string>> {
    const { cookie, now } = this.#parts;
    const isFresh = cookie.leftMs(headers.cookie, now()) > LOGIN_LIFETIME_MS / 2;
    return isFresh ? {} : { "Set-Cookie": cookie.issue(now()) };
  }

  #isLoggedIn({ headers }: SiteRequest): boolean {
    return this.#parts.cookie.leftMs(headers.cookie, this.#parts.now()) > 0;
  }
}

/** The answer itself, whichever form it has. */
export function wholeAnswer(answer: SiteAnswer): Answer {
  return typeof answer === "string" ? refusalAnswer(answer) : answer;
}

const IMMUTABLE = { "Cache-Control": "private, max-age=31536000, immutable" } as const;

function targetOf({ url = "" }: SiteRequest): { path: string; query: URLSearchParams } {
  const mark = url.indexOf("?");
  if (mark < 0) return { path: url, query: new URLSearchParams() };
  return { path: url.slice(0, mark), query: new URLSearchParams(url.slice(mark)) };
}

/** A browser that fetches ahead, for a user who may never follow. It drops an answer that is no success. */
function isPrefetch({ headers }: SiteRequest): boolean {
  const purposes = [headers["sec-purpose"], headers["purpose"], headers["x-moz"]];
  return purposes.some((purpose) => /prefetch|prerender|preview/i.test(String(purpose ?? "")));
}

function home(headers: Readonly<Record<string, string>>): Answer {
  return { status: 303, headers: { Location: "/", ...NO_STORE, ...headers }, body: "" };
}

function fileOf(type: string, body: string): Answer {
  return { status: 200, headers: { "Content-Type": type, ...NO_STORE }, body };
}

function packedFor(
  request: SiteRequest,
  { type, body, gzipped }: StaticFile,
  more: Readonly<Record<string, string>>,
): Answer {
  const headers = { "Content-Type": type, Vary: "Accept-Encoding", ...more };
  if (gzipped === undefined || !acceptsGzip(request.headers["accept-encoding"])) {
    return { status: 200, headers, body };
  }
  return { status: 200, headers: { ...headers, "Content-Encoding": "gzip" }, body: gzipped };
}
