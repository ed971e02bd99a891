import type { ServerResponse } from "node:http";

/** One answer to a request, apart from the headers that every answer has. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

/** For what must be asked for anew each time: pages, logins, refusals. */
export const NO_STORE = { "Cache-Control": "no-store" } as const;

/**
 * Sends an answer. `host` is what the request called this console, if that is one of its names. The browser is told to
 * load nothing from elsewhere, to run no script but the files served here, to guess no types, to show the console in
 * no frame, and to tell nobody where it was.
 */
export function sendAnswer(
  response: ServerResponse,
  { status, headers, body }: Answer,
  host: string | undefined,
): void {
  response.writeHead(status, {
    "Content-Length": Buffer.byteLength(body),
    "Content-Security-Policy": contentSecurityPolicy(host),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    ...headers,
  });
  response.end(body);
}

function contentSecurityPolicy(host: string | undefined): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "font-src 'self'",
    // Not every browser takes 'self' for the WebSocket of the same place.
    host === undefined ? "connect-src 'self'" : `connect-src 'self' ws://${host}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join("; ");
}
