import type { Scope } from "../../agent/control/contract.ts";
import { common } from "../strings/common.ts";

/** One kind of thing that a scope names, with its values exactly as they are sent. */
export interface ScopeRow {
  readonly label: string;
  readonly values: readonly string[];
  /** Addresses and numbers are set in another type. */
  readonly exact: boolean;
}

/** A scope as rows to read. Ports and protocols always have one: that all of them are meant must be seen. */
export function scopeRows(scope: Scope): ScopeRow[] {
  const words = common.scope;
  const rows: ScopeRow[] = [
    exactRow(words.prefixes, scope["target-prefix"]),
    exactRow(words.names, scope["target-fqdn"]),
    exactRow(words.uris, scope["target-uri"]),
  ].filter(({ values }) => values.length > 0);
  const ports = (scope["target-port-range"] ?? []).map(portWords);
  const protocols = (scope["target-protocol"] ?? []).map(protocolWords);
  return [
    ...rows,
    ports.length > 0 ? exactRow(words.ports, ports) : wordRow(words.ports, words.allPorts),
    wordRow(words.protocols, ...(protocols.length > 0 ? protocols : [words.allProtocols])),
  ];
}

function exactRow(label: string, values: readonly string[] = []): ScopeRow {
  return { label, values, exact: true };
}

function wordRow(label: string, ...values: string[]): ScopeRow {
  return { label, values, exact: false };
}

function portWords(range: NonNullable<Scope["target-port-range"]>[number]): string {
  const lower = range["lower-port"];
  const upper = range["upper-port"] ?? lower;
  return lower === upper ? String(lower) : common.scope.range(lower, upper);
}

function protocolWords(number: number): string {
  const names: Readonly<Record<number, string | undefined>> = common.scope.protocolNames;
  return names[number] ?? common.scope.protocol(number);
}
