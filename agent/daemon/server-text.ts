import { ControlError } from "../control/control-error.ts";
import { DEFAULT_PORT } from "../dots/signal/default-port.ts";
import { parseHostPort } from "../net/address.ts";
import { NetError } from "../net/ports.ts";

/** A DOTS server as people write it. */

/** Where a server is. */
export interface ServerPlace {
  /** A name in lower case, or an address without brackets. */
  readonly host: string;
  readonly port: number;
}

/**
 * Reads `HOST`, `HOST:PORT` or `coaps://HOST[:PORT]`.
 * @throws {ControlError} `bad-server`, in words for whoever typed it.
 */
export function parseServer(text: string): ServerPlace {
  const bare = withoutScheme(text.trim());
  const place = hostPortOf(bare);
  if (place.port === 0) throw bad(`"${text}" names port 0, which is no server's.`);
  return { host: place.host.toLowerCase().replace(/\.$/, ""), port: place.port };
}

/** `HOST:PORT`, with brackets around an IPv6 address: what tells one server from another. */
export function serverKey({ host, port }: ServerPlace): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

/** `coaps://HOST:PORT` */
export function serverText(place: ServerPlace): string {
  return `coaps://${serverKey(place)}`;
}

function withoutScheme(text: string): string {
  const match = /^([a-z][a-z0-9+.-]*):\/\/(.*?)\/?$/i.exec(text);
  if (match === null) return text;
  const [, scheme = "", rest = ""] = match;
  if (scheme.toLowerCase() === "coaps") return rest;
  if (scheme.toLowerCase() === "coaps+tcp") {
    throw bad("This version speaks DOTS over UDP only, not coaps+tcp.");
  }
  throw bad(`A DOTS server's address does not begin with ${scheme}://.`);
}

function hostPortOf(text: string): ServerPlace {
  try {
    return parseHostPort(text, DEFAULT_PORT);
  } catch (error) {
    if (error instanceof NetError) throw bad(`${error.message}.`);
    throw error;
  }
}

function bad(message: string): ControlError {
  return new ControlError({
    reason: "bad-server",
    message,
    hint: `Write HOST, HOST:PORT or coaps://HOST[:PORT]; the usual port is ${DEFAULT_PORT}.`,
  });
}
