import type { Scope } from "../control/contract.ts";

/** How a scope is told to people. What it holds was checked by the agent: no text in it can hold control characters. */

const PROTOCOL_NAMES: Readonly<Record<number, string>> = { 1: "ICMP", 6: "TCP", 17: "UDP" };

/** `203.0.113.7, www.example.com; port 443, TCP` */
export function scopeText(scope: Scope): string {
  const ports = scope["target-port-range"] ?? [];
  const protocols = scope["target-protocol"] ?? [];
  const narrowing = [
    ...(ports.length === 0 ? [] : [`port ${ports.map(portText).join(", ")}`]),
    ...protocols.map((number) => PROTOCOL_NAMES[number] ?? `protocol ${number}`),
  ].join(", ");
  const targets = [
    ...(scope["target-prefix"] ?? []).map(prefixText),
    ...(scope["target-fqdn"] ?? []),
    ...(scope["target-uri"] ?? []),
  ].join(", ");
  return narrowing === "" ? targets : `${targets}; ${narrowing}`;
}

/** A prefix of one address as that address. */
function prefixText(prefix: string): string {
  return prefix.replace(prefix.includes(":") ? /\/128$/ : /\/32$/, "");
}

type PortRange = NonNullable<Scope["target-port-range"]>[number];

function portText({ "lower-port": lower, "upper-port": upper }: PortRange): string {
  return upper === undefined || upper === lower ? `${lower}` : `${lower}-${upper}`;
}
