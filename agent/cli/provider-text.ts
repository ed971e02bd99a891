import type { CallOutput, Provider, Session } from "../control/contract.ts";
import { ahead, clockTime, columns, harmless } from "./plain.ts";

/** What `mayday provider` tells a person. */

/** A provider that is forgotten, and what it was not told. */
export function removedText(
  provider: string,
  { left }: CallOutput<"provider.remove">,
  nowMs: number,
): string {
  const name = harmless(provider);
  const forgotten = `${name} is forgotten, and its key erased.\n`;
  if (left === null) return forgotten;
  const targets = left.targets.map(harmless).join(", ");
  const until = left.until === null ? "" : ` until ${clockTime(left.until, nowMs)}`;
  return `${forgotten}  It may go on filtering traffic to ${targets}${until}, since it was not told to stop.\n`;
}

/** A provider that was added. */
export function addedText({ name, server }: Provider): string {
  return `${harmless(name)} is added (${harmless(server)}). How it goes: mayday status\n`;
}

/** The practice provider, and what to do with it. */
export function practiceText(provider: Provider): string {
  const { name, server, prefixes } = provider;
  return `${harmless(name)} runs inside the agent (${harmless(server)}). It filters nothing, but behaves as one that does.
  Ask it for help with any address of ${prefixes.map(harmless).join(", ")}:
  mayday request 203.0.113.7:443
`;
}

/** All providers, a line each. */
export function listText(providers: readonly Provider[], nowMs: number): string {
  if (providers.length === 0) return "There is no provider yet: mayday provider add --help\n";
  return columns(
    providers.map((provider) => [
      harmless(provider.name),
      harmless(provider.server),
      provider.kind === "practice" ? "practice" : credentialText(provider, nowMs),
    ]),
  );
}

function credentialText({ pskIdentity, certificate }: Provider, nowMs: number): string {
  if (certificate === null) return `identity ${harmless(pskIdentity ?? "")}`;
  const { subject, state } = certificate;
  const end = state === "valid" ? "" : `, ${endText(certificate, nowMs)}`;
  return `certificate ${harmless(subject)}${end}`;
}

/** All that is known of one provider. */
export function detailsText(provider: Provider, nowMs: number): string {
  const { id, name, kind, server, addedAt, prefixes } = provider;
  const rows = [
    ["  id", harmless(id)],
    ["  server", harmless(server)],
    ...credentialRows(provider, nowMs),
    ["  added", clockTime(addedAt, nowMs)],
    ...(prefixes.length === 0 ? [] : [["  prefixes", prefixes.map(harmless).join(", ")]]),
  ];
  return `${harmless(name)}${kind === "practice" ? " (filters nothing)" : ""}\n${columns(rows)}`;
}

function credentialRows({ pskIdentity, certificate }: Provider, nowMs: number): string[][] {
  if (certificate === null) return [["  identity", harmless(pskIdentity ?? "")]];
  const { subject, issuer, fingerprint, serverName } = certificate;
  return [
    ["  certificate", harmless(subject)],
    ["  issuer", harmless(issuer)],
    ["  good until", goodUntil(certificate, nowMs)],
    ["  fingerprint", harmless(fingerprint)],
    ["  server name", harmless(serverName)],
  ];
}

/** `2026-12-01`, and what follows from that. */
function goodUntil({ expiresAt, state }: End, nowMs: number): string {
  const day = expiresAt.slice(0, 10);
  if (state === "expired") return `${day}: it is over`;
  return state === "expiring" ? `${day}, ${ahead(expiresAt, nowMs)}` : day;
}

type End = Pick<NonNullable<Session["certificate"]>, "expiresAt" | "state">;

/** `expires on 2026-12-01`, and in what time where that is soon; `expired on 2026-11-01`. */
export function endText({ expiresAt, state }: End, nowMs: number): string {
  const day = expiresAt.slice(0, 10);
  if (state === "expired") return `expired on ${day}`;
  return `expires on ${day}${state === "expiring" ? `, ${ahead(expiresAt, nowMs)}` : ""}`;
}
