import { quoted, shortList } from "../signal/diagnostic.ts";
import { covers } from "../signal/prefix.ts";
import type { Prefix } from "../signal/prefix.ts";
import type { Target } from "../signal/scope.ts";
import type { Client } from "./clients.ts";

/**
 * Whether a client may ask protection for a target: every prefix within one of its prefixes, every name
 * equal to one of its names or below it. Undefined means yes; text says why not. [RFC 9132 §4.4.1.1] [RFC 9132 §8]
 */
export function refusalOf(client: Client, target: Target): string | undefined {
  for (const prefix of target.prefixes) {
    if (!mayProtect(client, prefix)) return outside(client, `target-prefix ${prefix.text}`);
  }
  for (const name of target.fqdns) {
    if (!mayName(client, name)) return notNamed(client, `target-fqdn ${quoted(name)}`);
  }
  for (const { text, host } of target.uris) {
    const subject = `target-uri ${quoted(text)}`;
    if (typeof host !== "string") {
      if (!mayProtect(client, host)) return outside(client, subject);
    } else if (!mayName(client, host)) {
      return notNamed(client, subject);
    }
  }
  return undefined;
}

function mayProtect(client: Client, prefix: Prefix): boolean {
  return client.prefixes.some((own) => covers(own, prefix));
}

function mayName(client: Client, name: string): boolean {
  return client.names.some((own) => name === own || name.endsWith(`.${own}`));
}

/** A client may know what it may ask for; it never learns of anybody else's. */
function outside(client: Client, subject: string): string {
  const own = client.prefixes.map((prefix) => prefix.text);
  return `${subject} is outside this client's prefixes (${shortList(own) || "none"})`;
}

function notNamed(client: Client, subject: string): string {
  return `${subject} is not under this client's names (${shortList(client.names) || "none"})`;
}
