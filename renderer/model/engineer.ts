import type { Mitigation, Provider, Session } from "../../agent/control/contract.ts";
import { common } from "../strings/common.ts";
import { millis } from "./format.ts";

/** One exact value for an engineer. */
export type Detail = readonly [label: string, value: string];

const words = common.engineer;

/** What is known of a provider and of the session with it, exactly. */
export function providerDetails(provider: Provider, session: Session | undefined): Detail[] {
  return [
    [words.server, provider.server],
    ...credentialDetails(provider),
    ...(provider.prefixes.length > 0
      ? [[words.prefixes, provider.prefixes.join(", ")] as const]
      : []),
    [words.added, provider.addedAt],
    ...(session === undefined ? [] : sessionDetails(session)),
  ];
}

function credentialDetails({ pskIdentity, certificate }: Provider): Detail[] {
  if (certificate === null) return [[words.identity, pskIdentity ?? common.none]];
  const { subject, issuer, expiresAt, fingerprint, serverName } = certificate;
  return [
    [words.certificate, subject],
    [words.issuer, issuer],
    [words.goodUntil, expiresAt],
    [words.fingerprint, fingerprint],
    [words.serverName, serverName],
  ];
}

function sessionDetails(session: Session): Detail[] {
  const { heartbeat, security, fault } = session;
  return [
    [words.state, session.state],
    [words.address, session.address ?? common.none],
    [words.transport, session.transport],
    [words.security, security?.version ?? common.none],
    [words.cipher, security?.cipher ?? common.none],
    [words.resumed, yesNo(security?.resumed)],
    [words.connectionId, yesNo(security?.connectionId)],
    [words.rtt, session.rttMs === null ? common.none : millis(session.rttMs)],
    [words.heartbeats, common.beats(heartbeat.sent, heartbeat.received, heartbeat.missed)],
    [words.interval, common.seconds(heartbeat.intervalS)],
    ...(fault === null
      ? []
      : [[words.fault, common.faultText(fault.code, fault.message)] as const]),
  ];
}

function yesNo(value: boolean | undefined): string {
  if (value === undefined) return common.none;
  return value ? common.yes : common.no;
}

/** What is known of a mitigation, in the RFC's words. */
export function mitigationDetails(mitigation: Mitigation): Detail[] {
  const { dropped, refusal } = mitigation;
  const text = (value: string | number | null): string => String(value ?? common.none);
  return [
    [words.mid, text(mitigation.mid)],
    [words.status, common.statusText(mitigation.status, mitigation.statusText)],
    [words.lifetime, common.seconds(mitigation.lifetimeS)],
    [words.renews, text(mitigation.renewsAt)],
    [words.told, text(mitigation.toldAt)],
    ...(dropped === null
      ? []
      : ([
          [words.bps, text(dropped.bps)],
          [words.pps, text(dropped.pps)],
          [words.bytes, text(dropped.bytes)],
          [words.pkts, text(dropped.pkts)],
        ] as const)),
    ...(refusal === null
      ? []
      : ([
          [words.code, refusal.code],
          [words.conflict, text(refusal.conflictCause)],
        ] as const)),
  ];
}
