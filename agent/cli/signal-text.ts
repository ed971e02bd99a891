import { enumCode } from "../wire/cbor/dots-schema.ts";
import type { MitigationScope, Target } from "../wire/cbor/types.ts";
import { grantedLifetimeS } from "../dots/client/keep-mitigation.ts";
import type { SignalResult } from "../dots/client/signal-result.ts";
import { harmless } from "./plain.ts";

/** What `mayday signal` tells a person. */

/** Names of the codes that a DOTS server answers. [RFC 7252 §12.1.2] [RFC 9132 §9] */
const CODE_NAMES: Readonly<Record<string, string>> = {
  "2.01": "Created",
  "2.02": "Deleted",
  "2.03": "Valid",
  "2.04": "Changed",
  "2.05": "Content",
  "4.00": "Bad Request",
  "4.01": "Unauthorized",
  "4.02": "Bad Option",
  "4.03": "Forbidden",
  "4.04": "Not Found",
  "4.05": "Method Not Allowed",
  "4.08": "Request Entity Incomplete",
  "4.09": "Conflict",
  "4.13": "Request Entity Too Large",
  "4.15": "Unsupported Content-Format",
  "4.22": "Unprocessable Entity",
  "5.00": "Internal Server Error",
  "5.01": "Not Implemented",
  "5.03": "Service Unavailable",
  "5.08": "Hop Limit Reached",
};

/** `2.01 Created`. */
export function namedCode(code: string): string {
  const name = CODE_NAMES[code];
  return name === undefined ? code : `${code} ${name}`;
}

/** The answer to a request or a refresh that was accepted; `askedS` is the lifetime asked for. */
export function requestText(result: SignalResult, askedS: number): string {
  const verb = result.code === "2.01" ? "accepted" : "refreshed";
  return `The provider ${verb} the request (${result.code}). ${lifetimeText(result, askedS)}`;
}

/** The answer to an efficacy update that was accepted. */
export function efficacyText(result: SignalResult, askedS: number): string {
  return `The provider took note (${result.code}). ${lifetimeText(result, askedS)}`;
}

/** The answer to a withdrawal that was accepted. */
export function withdrawalText(result: SignalResult, mid: number): string {
  return `The provider withdrew request ${mid} (${result.code}). Filtering may go on for a few minutes.`;
}

/** Mitigations, one a paragraph. */
export function mitigationsText(result: SignalResult): string {
  const scopes = scopesOf(result);
  if (scopes.length === 0) return `The provider answered without a mitigation (${result.code}).`;
  return scopes.map(mitigationText).join("\n");
}

/** Why the server refused, in its own words if it has any. */
export function refusalText(result: SignalResult): string {
  const reason = result.diagnostic ?? conflictText(result) ?? alternativeText(result);
  const because = reason === undefined || reason === "" ? "" : `: ${reason}`;
  return `the server refused (${namedCode(result.code)})${because}`;
}

/** What to try after a refusal. */
export function refusalHint(result: SignalResult): string | undefined {
  const conflict = scopesOf(result)[0]?.["conflict-information"];
  const retry = conflict?.["retry-timer"] ?? result.maxAgeS;
  if (conflict?.["conflict-cause"] === "cuid-collision") {
    return "Another client uses this identifier; choose one of your own with --cuid.";
  }
  if (conflict?.["conflict-scope"]?.mid !== undefined)
    return "Use a --mid above that of the other request, or withdraw that one and wait for its end.";
  if (retry !== undefined && /^(4\.09|4\.29|5\.03)$/.test(result.code)) {
    return `Try again after ${retry} s.`;
  }
  return undefined;
}

function lifetimeText(result: SignalResult, askedS: number): string {
  const lifetimeS = grantedLifetimeS(result);
  if (lifetimeS === undefined) return "It named no lifetime.";
  const granted = `Lifetime ${secondsText(lifetimeS)}`;
  return lifetimeS === askedS ? `${granted}.` : `${granted} (${secondsText(askedS)} asked for).`;
}

function secondsText(seconds: number): string {
  return seconds === -1 ? "without end" : `${seconds} s`;
}

function mitigationText(scope: MitigationScope): string {
  const lines = [`Mitigation ${scope.mid ?? "?"}: ${statusText(scope)}`];
  const target = targetText(scope);
  if (target !== "") lines.push(`  protects ${target}`);
  if (scope.lifetime !== undefined) lines.push(`  lifetime left: ${secondsText(scope.lifetime)}`);
  if (scope["trigger-mitigation"] === false) lines.push("  starts only once the session is lost");
  const dropped = droppedText(scope);
  if (dropped !== "") lines.push(`  dropped ${dropped}`);
  const start = scope["mitigation-start"];
  if (start !== undefined) lines.push(`  since ${dateText(start)}`);
  const conflict = scope["conflict-information"];
  if (conflict !== undefined) lines.push(`  conflict: ${causeText(conflict["conflict-cause"])}`);
  return lines.join("\n");
}

function statusText({ status }: MitigationScope): string {
  return status === undefined ? "no status" : `${status} (${enumCode("status", status)})`;
}

function targetText(target: Target): string {
  const ports = (target["target-port-range"] ?? []).map((range) =>
    range["upper-port"] === undefined
      ? `${range["lower-port"]}`
      : `${range["lower-port"]}-${range["upper-port"]}`,
  );
  return [
    ...(target["target-prefix"] ?? []),
    ...(target["target-fqdn"] ?? []),
    ...(target["target-uri"] ?? []),
    ...(target["alias-name"] ?? []).map((name) => `alias ${name}`),
    ...(ports.length === 0 ? [] : [`port ${ports.join(", ")}`]),
    ...(target["target-protocol"] ?? []).map((number) => `protocol ${number}`),
  ]
    .map(harmless)
    .join(", ");
}

/** The counters as they came; `bps-dropped` counts octets, whatever its name says. [RFC 9132 §4.4.2] */
function droppedText(scope: MitigationScope): string {
  const counters = [
    ["bytes-dropped", "octets"],
    ["pkts-dropped", "packets"],
    ["bps-dropped", "octets/s"],
    ["pps-dropped", "packets/s"],
  ] as const;
  return counters
    .filter(([name]) => scope[name] !== undefined)
    .map(([name, unit]) => `${scope[name]} ${unit}`)
    .join(", ");
}

function dateText(seconds: string): string {
  const date = new Date(Number(seconds) * 1000);
  return Number.isNaN(date.getTime()) ? `${seconds} s` : date.toISOString();
}

function conflictText(result: SignalResult): string | undefined {
  const conflict = scopesOf(result)[0]?.["conflict-information"];
  if (conflict === undefined) return undefined;
  const scope = conflict["conflict-scope"];
  const mid = scope?.mid === undefined ? "" : ` with request ${scope.mid}`;
  const target = scope === undefined ? "" : targetText(scope);
  return `${causeText(conflict["conflict-cause"])}${mid}${target === "" ? "" : ` (${target})`}`;
}

function causeText(cause: string | undefined): string {
  return cause === undefined ? "a conflict" : cause.replaceAll("-", " ");
}

function alternativeText(result: SignalResult): string | undefined {
  const other = result.payload?.["ietf-dots-signal-channel:redirected-signal"]?.["alt-server"];
  return other === undefined ? undefined : `turn to ${harmless(other)}`;
}

function scopesOf(result: SignalResult): readonly MitigationScope[] {
  return result.payload?.["ietf-dots-signal-channel:mitigation-scope"]?.scope ?? [];
}
