/**
 * The bodies of the DOTS signal channel as the RFC's JSON: the one representation used above `wire/`.
 * Table 5 decides the JSON type: 64-bit numbers and `retry-timer` are decimal strings, decimal64 a string with
 * two fraction digits ("2.00"), enumerations their YANG names. [RFC 9132 §6]
 *
 * A member that is missing was not sent, or was sent as null. Values are of the right type and width, and
 * nothing more: whether a prefix parses, or a lifetime may be 0, is for `dots/` to say.
 */

import type { EnumName } from "./dots-schema.ts";

/** One message of the signal channel: exactly one of the four members is there. [RFC 9132 §5.1] */
export type DotsBody = MitigationBody | SignalConfigBody | RedirectedSignalBody | HeartbeatBody;

/** A mitigation request, its answer, or its status. */
export interface MitigationBody extends NoOther<"ietf-dots-signal-channel:mitigation-scope"> {
  readonly "ietf-dots-signal-channel:mitigation-scope": {
    readonly scope: readonly MitigationScope[];
  };
}

/** Session configuration: asked for, offered, or in force. */
export interface SignalConfigBody extends NoOther<"ietf-dots-signal-channel:signal-config"> {
  readonly "ietf-dots-signal-channel:signal-config": SignalConfig;
}

/** The body of a 5.03 that names another server. */
export interface RedirectedSignalBody extends NoOther<"ietf-dots-signal-channel:redirected-signal"> {
  readonly "ietf-dots-signal-channel:redirected-signal": RedirectedSignal;
}

/** The body of a heartbeat request. */
export interface HeartbeatBody extends NoOther<"ietf-dots-signal-channel:heartbeat"> {
  readonly "ietf-dots-signal-channel:heartbeat": Heartbeat;
}

/** The names of the four messages. */
export type MessageName =
  | "ietf-dots-signal-channel:mitigation-scope"
  | "ietf-dots-signal-channel:signal-config"
  | "ietf-dots-signal-channel:redirected-signal"
  | "ietf-dots-signal-channel:heartbeat";

/** Makes any of the four members readable on a `DotsBody`, and undefined where another message is meant. */
type NoOther<Own extends MessageName> = { readonly [Other in Exclude<MessageName, Own>]?: never };

/** What is to be, or is being, protected; also what is in conflict. [RFC 9132 §4.4.1.1] */
export interface Target {
  /** CIDR notation. */
  readonly "target-prefix"?: readonly string[];
  readonly "target-port-range"?: readonly PortRange[];
  /** IANA protocol numbers. */
  readonly "target-protocol"?: readonly number[];
  readonly "target-fqdn"?: readonly string[];
  readonly "target-uri"?: readonly string[];
  readonly "alias-name"?: readonly string[];
}

/** Ports from `lower-port` to `upper-port`, both included; one port without `upper-port`. */
export interface PortRange {
  readonly "lower-port": number;
  readonly "upper-port"?: number;
}

/** One entry of `scope`. [RFC 9132 §5.3] */
export interface MitigationScope extends Target {
  /** Seconds; -1 is without end. */
  readonly lifetime?: number;
  /** False: mitigate only when the session is lost. Missing: true. */
  readonly "trigger-mitigation"?: boolean;
  /** Server to client only, as all that follows but `attack-status`. */
  readonly mid?: number;
  /** Seconds since 1970-01-01T00:00:00Z, decimal. */
  readonly "mitigation-start"?: string;
  readonly status?: EnumName<"status">;
  readonly "conflict-information"?: ConflictInformation;
  /** Octets since the mitigation began, decimal; wraps at 2^64. */
  readonly "bytes-dropped"?: string;
  /** Octets (not bits) per second, decimal. */
  readonly "bps-dropped"?: string;
  /** Packets since the mitigation began, decimal; wraps at 2^64. */
  readonly "pkts-dropped"?: string;
  /** Packets per second, decimal. */
  readonly "pps-dropped"?: string;
  /** Client to server only: the efficacy update. [RFC 9132 §4.4.3] */
  readonly "attack-status"?: EnumName<"attack-status">;
}

/** Why a request is refused or inactive. [RFC 9132 §4.4.1.3] */
export interface ConflictInformation {
  readonly "conflict-status"?: EnumName<"conflict-status">;
  readonly "conflict-cause"?: EnumName<"conflict-cause">;
  /** Seconds, decimal: a string in Table 5, although it has 32 bits only. */
  readonly "retry-timer"?: string;
  readonly "conflict-scope"?: ConflictScope;
}

/** What the conflict is about. */
export interface ConflictScope extends Target {
  readonly "acl-list"?: readonly AclReference[];
  /** The client's own request that is in conflict. */
  readonly mid?: number;
}

/** A filter of the data channel. */
export interface AclReference {
  readonly "acl-name": string;
  readonly "acl-type"?: string;
}

/** Session parameters for both times. [RFC 9132 §4.5] */
export interface SignalConfig {
  readonly "mitigating-config"?: ConfigParameters;
  readonly "idle-config"?: ConfigParameters;
}

/** One set of session parameters. */
export interface ConfigParameters {
  /** Seconds; 0 stops heartbeats. */
  readonly "heartbeat-interval"?: IntegerParameter;
  readonly "missing-hb-allowed"?: IntegerParameter;
  /** Octets per second. */
  readonly "probing-rate"?: IntegerParameter;
  readonly "max-retransmit"?: IntegerParameter;
  /** Seconds. */
  readonly "ack-timeout"?: DecimalParameter;
  readonly "ack-random-factor"?: DecimalParameter;
}

/** A session parameter that is a whole number. The bounds are sent by servers only. */
export interface IntegerParameter {
  readonly "max-value"?: number;
  readonly "min-value"?: number;
  readonly "current-value"?: number;
}

/** A session parameter with two fraction digits ("1.50"). The bounds are sent by servers only. */
export interface DecimalParameter {
  readonly "max-value-decimal"?: string;
  readonly "min-value-decimal"?: string;
  readonly "current-value-decimal"?: string;
}

/** Another server to turn to. [RFC 9132 §4.6] */
export interface RedirectedSignal {
  readonly "alt-server": string;
  /** IP addresses. */
  readonly "alt-server-record"?: readonly string[];
}

/** Sent every heartbeat-interval. [RFC 9132 §4.7] */
export interface Heartbeat {
  /** Whether the sender hears its peer's heartbeats. */
  readonly "peer-hb-status": boolean;
}
