/** Where the console may listen: this machine, and nowhere else. */
export type LoopbackHost = "127.0.0.1" | "::1";

const HTTP_PORT = 80;

/**
 * The values of `Host` that mean this console. All else is refused: a foreign name that was made to point to this
 * machine (DNS rebinding) would otherwise put the console into the origin of a foreign page.
 */
export function servedHosts(host: LoopbackHost, port: number): ReadonlySet<string> {
  return new Set([authorityOf(host, port), authorityOf("localhost", port)]);
}

/** As a browser writes it, which leaves HTTP's own port away. */
export function authorityOf(host: LoopbackHost | "localhost", port: number): string {
  const name = host === "::1" ? "[::1]" : host;
  return port === HTTP_PORT ? name : `${name}:${port}`;
}
