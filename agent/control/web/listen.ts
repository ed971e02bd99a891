import type { Server } from "node:http";
import { WebConsoleError } from "./console-error.ts";
import { codeOf } from "./error-code.ts";
import type { LoopbackHost } from "./served-hosts.ts";

/** Where to listen. */
export interface WishedAddress {
  readonly host: LoopbackHost;
  /** 0: any that is free. */
  readonly port: number;
  /** Whether another port will do when this one cannot be had. */
  readonly allowPortFallback: boolean;
}

/** Codes of a port that is another program's, or that the system does not give to everybody. */
const NOT_THIS_PORT = new Set(["EADDRINUSE", "EACCES"]);

/**
 * Binds the server. @returns the port.
 * @throws {WebConsoleError} `console/port-in-use`, `console/cannot-listen`
 */
export async function listen(server: Server, wished: WishedAddress): Promise<number> {
  const { host, port, allowPortFallback } = wished;
  try {
    return await bind(server, host, port);
  } catch (cause) {
    const isTaken = NOT_THIS_PORT.has(codeOf(cause));
    if (isTaken && allowPortFallback && port !== 0) return listen(server, { ...wished, port: 0 });
    throw fault(wished, cause);
  }
}

function bind(server: Server, host: LoopbackHost, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host, port, ipv6Only: host === "::1", exclusive: true }, () => {
      server.off("error", reject);
      const bound = server.address();
      if (bound === null || typeof bound === "string") reject(new Error("it has no port"));
      else resolve(bound.port);
    });
  });
}

function fault({ host, port }: WishedAddress, cause: unknown): WebConsoleError {
  if (codeOf(cause) === "EADDRINUSE") {
    const message = `the web console cannot have port ${port}: another program uses it`;
    return new WebConsoleError("console/port-in-use", message, { cause });
  }
  const why = cause instanceof Error ? cause.message : String(cause);
  const message = `the web console cannot listen on ${host} port ${port}: ${why}`;
  return new WebConsoleError("console/cannot-listen", message, { cause });
}
