import { readFile, realpath } from "node:fs/promises";
import { extname, join, sep } from "node:path";

/** The scheme of the window's own pages. */
export const APP_SCHEME = "app";

/** Where the window's pages are: nothing else is ever loaded. */
export const APP_ROOT = "app://mayday/";

/** As much of Electron's `protocol` as is needed before the app is ready. */
export interface SchemeRegistry {
  registerSchemesAsPrivileged(schemes: { scheme: string; privileges: Privileges }[]): void;
}

interface Privileges {
  standard: boolean;
  secure: boolean;
  supportFetchAPI: boolean;
}

/** As much of Electron's `protocol` as is needed after that. */
export interface ProtocolHost {
  handle(scheme: string, handler: (request: AppRequest) => Promise<Response>): void;
}

/** As much of a request as decides what is answered. */
export interface AppRequest {
  readonly method: string;
  readonly url: string;
}

/** The scheme has an origin and counts as secure, as https does. Only possible before the app is ready. */
export function registerAppScheme(protocol: SchemeRegistry): void {
  const privileges = { standard: true, secure: true, supportFetchAPI: true };
  protocol.registerSchemesAsPrivileged([{ scheme: APP_SCHEME, privileges }]);
}

/** Serves the files of `folder` (the built interface), and nothing else, to the window. */
export function serveApp(protocol: ProtocolHost, folder: string): void {
  protocol.handle(APP_SCHEME, (request) => answerFrom(folder, request));
}

const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'none'", // the agent is reached by the preload, never by the network
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

const HEADERS = {
  "Content-Security-Policy": POLICY,
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "no-referrer",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Cache-Control": "no-store", // the files are here anyway, and a new version must be seen at once
};

/** All that the built interface is made of. What is not listed is not served. */
const TYPES: ReadonlyMap<string, string> = new Map([
  [".html", "text/html; charset=utf-8"],
  [".js", "text/javascript; charset=utf-8"],
  [".css", "text/css; charset=utf-8"],
  [".json", "application/json; charset=utf-8"],
  [".svg", "image/svg+xml"],
  [".png", "image/png"],
  [".ico", "image/x-icon"],
  [".woff2", "font/woff2"],
]);

/** Answers one request. Never throws: what cannot be served is not there. */
export async function answerFrom(folder: string, request: AppRequest): Promise<Response> {
  if (request.method !== "GET" && request.method !== "HEAD") return refusal(405);
  const path = pathOf(request.url);
  const type = path === undefined ? undefined : TYPES.get(extname(path));
  if (path === undefined || type === undefined) return refusal(404);
  const file = await fileIn(folder, path);
  if (file === undefined) return refusal(404);
  const headers = { ...HEADERS, "Content-Type": type };
  return new Response(request.method === "HEAD" ? null : file, { status: 200, headers });
}

/**
 * The path that a URL names under its root, or undefined where it is not of the form that our own files have. That
 * form leaves no room for `..`, escapes, backslashes, NUL, drive letters or hidden files, so that nothing has to be
 * decoded or normalised.
 */
export function pathOf(url: string): string | undefined {
  if (!url.startsWith(APP_ROOT)) return undefined;
  const path = /^[^?#]*/.exec(url.slice(APP_ROOT.length))?.[0] ?? "";
  if (path === "") return "index.html";
  return /^(?:[\w-][\w.-]*\/)*[\w-][\w.-]*$/.test(path) ? path : undefined;
}

/** Links are followed first: what lies outside the folder is not ours to serve. */
async function fileIn(folder: string, path: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
  try {
    const root = await realpath(folder);
    const file = await realpath(join(root, path));
    if (!file.startsWith(root + sep)) return undefined;
    return new Uint8Array(await readFile(file));
  } catch {
    return undefined; // not there, a folder, or not readable: the same to the window
  }
}

function refusal(status: 404 | 405): Response {
  return new Response(null, { status, headers: HEADERS });
}
