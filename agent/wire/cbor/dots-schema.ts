/**
 * The registry of CBOR keys and the shape of every body, as one value: decoding, encoding and the checks of
 * both follow it. [RFC 9132 §6] [RFC 9132 §5.3] [RFC 9132 §10.6.1]
 */

/** The code points of the enumerations. [RFC 9132 §10.6.2] [RFC 9132 §10.6.3] [RFC 9132 §10.6.4] [RFC 9132 §10.6.5] */
export const dotsEnumerations = {
  status: {
    "attack-mitigation-in-progress": 1,
    "attack-successfully-mitigated": 2,
    "attack-stopped": 3,
    "attack-exceeded-capability": 4,
    "dots-client-withdrawn-mitigation": 5,
    "attack-mitigation-terminated": 6,
    "attack-mitigation-withdrawn": 7,
    "attack-mitigation-signal-loss": 8,
  },
  "conflict-status": {
    "request-inactive-other-active": 1,
    "request-active": 2,
    "all-requests-inactive": 3,
  },
  "conflict-cause": {
    "overlapping-targets": 1,
    "conflict-with-acceptlist": 2,
    "cuid-collision": 3,
  },
  "attack-status": {
    "under-attack": 1,
    "attack-successfully-mitigated": 2,
  },
} as const;

/** A parameter that is an enumeration. */
export type Enumeration = keyof typeof dotsEnumerations;

/** The names that enumeration `E` has. */
export type EnumName<E extends Enumeration> = keyof (typeof dotsEnumerations)[E] & string;

/** The code of an enumeration's name: `enumCode("status", "attack-stopped")` is 3. Undefined for a foreign name. */
export function enumCode<E extends Enumeration>(enumeration: E, name: EnumName<E>): number;
export function enumCode(enumeration: Enumeration, name: string): number | undefined;
export function enumCode(enumeration: Enumeration, name: string): number | undefined {
  return codesByName.get(enumeration)?.get(name);
}

/** The name of an enumeration's code; undefined when the code is not assigned. */
export function enumName<E extends Enumeration>(
  enumeration: E,
  code: number,
): EnumName<E> | undefined {
  for (const [name, assigned] of codesByName.get(enumeration) ?? []) {
    if (assigned === code && isNameOf(enumeration, name)) return name;
  }
  return undefined;
}

function isNameOf<E extends Enumeration>(enumeration: E, name: string): name is EnumName<E> {
  return codesByName.get(enumeration)?.has(name) === true;
}

const codesByName: ReadonlyMap<string, ReadonlyMap<string, number>> = new Map(
  Object.entries(dotsEnumerations).map(([enumeration, codes]) => [
    enumeration,
    new Map(Object.entries(codes)),
  ]),
);

/** How a leaf is written; `-text` is a number in CBOR and a decimal string in JSON. */
export type LeafType =
  | "boolean"
  | "decimal64"
  | "enumeration"
  | "lifetime"
  | "text"
  | "uint8"
  | "uint16"
  | "uint32"
  | "uint32-text"
  | "uint64-text";

/** The members a map may and must have. */
export interface MapShape {
  readonly children: readonly string[];
  readonly mandatory?: readonly string[];
}

interface ContainerNode extends MapShape {
  readonly key: number;
  readonly type: "container";
}

interface ListNode extends MapShape {
  readonly key: number;
  readonly type: "list";
}

interface LeafListNode {
  readonly key: number;
  readonly type: "leaf-list";
  readonly of: LeafType;
}

interface LeafNode {
  readonly key: number;
  readonly type: LeafType;
}

/** What is an array on the wire. */
export type ArrayNode = ListNode | LeafListNode;

/** One row of the registry. */
export type SchemaNode = ContainerNode | ArrayNode | LeafNode;

const TARGET = [
  "target-prefix",
  "target-port-range",
  "target-protocol",
  "target-fqdn",
  "target-uri",
  "alias-name",
] as const;
const CONFIG_PARAMETERS = [
  "heartbeat-interval",
  "missing-hb-allowed",
  "probing-rate",
  "max-retransmit",
  "ack-timeout",
  "ack-random-factor",
] as const;
const INTEGER_PARAMETER = ["max-value", "min-value", "current-value"] as const;
const DECIMAL_PARAMETER = [
  "max-value-decimal",
  "min-value-decimal",
  "current-value-decimal",
] as const;

/**
 * Every parameter by name. `cdid`, `cuid` and `sid` own a key but have no place in a body: they travel in the
 * Uri-Path, and a body that holds them is refused. [RFC 9132 §4.4.1.1] [RFC 9132 §4.4.1.3]
 */
export const dotsSchema = {
  "ietf-dots-signal-channel:mitigation-scope": {
    key: 1,
    type: "container",
    children: ["scope"],
    mandatory: ["scope"],
  },
  scope: {
    key: 2,
    type: "list",
    children: [
      ...TARGET,
      "lifetime",
      "trigger-mitigation",
      "mid",
      "mitigation-start",
      "status",
      "conflict-information",
      "bytes-dropped",
      "bps-dropped",
      "pkts-dropped",
      "pps-dropped",
      "attack-status",
    ],
  },
  cdid: { key: 3, type: "text" },
  cuid: { key: 4, type: "text" },
  mid: { key: 5, type: "uint32" },
  "target-prefix": { key: 6, type: "leaf-list", of: "text" },
  "target-port-range": {
    key: 7,
    type: "list",
    children: ["lower-port", "upper-port"],
    mandatory: ["lower-port"],
  },
  "lower-port": { key: 8, type: "uint16" },
  "upper-port": { key: 9, type: "uint16" },
  "target-protocol": { key: 10, type: "leaf-list", of: "uint8" },
  "target-fqdn": { key: 11, type: "leaf-list", of: "text" },
  "target-uri": { key: 12, type: "leaf-list", of: "text" },
  "alias-name": { key: 13, type: "leaf-list", of: "text" },
  lifetime: { key: 14, type: "lifetime" },
  "mitigation-start": { key: 15, type: "uint64-text" },
  status: { key: 16, type: "enumeration" },
  "conflict-information": {
    key: 17,
    type: "container",
    children: ["conflict-status", "conflict-cause", "retry-timer", "conflict-scope"],
  },
  "conflict-status": { key: 18, type: "enumeration" },
  "conflict-cause": { key: 19, type: "enumeration" },
  "retry-timer": { key: 20, type: "uint32-text" },
  "conflict-scope": { key: 21, type: "container", children: [...TARGET, "acl-list", "mid"] },
  "acl-list": {
    key: 22,
    type: "list",
    children: ["acl-name", "acl-type"],
    mandatory: ["acl-name"],
  },
  "acl-name": { key: 23, type: "text" },
  "acl-type": { key: 24, type: "text" },
  "bytes-dropped": { key: 25, type: "uint64-text" },
  "bps-dropped": { key: 26, type: "uint64-text" },
  "pkts-dropped": { key: 27, type: "uint64-text" },
  "pps-dropped": { key: 28, type: "uint64-text" },
  "attack-status": { key: 29, type: "enumeration" },
  "ietf-dots-signal-channel:signal-config": {
    key: 30,
    type: "container",
    children: ["mitigating-config", "idle-config"],
  },
  sid: { key: 31, type: "uint32" },
  "mitigating-config": { key: 32, type: "container", children: CONFIG_PARAMETERS },
  "heartbeat-interval": { key: 33, type: "container", children: INTEGER_PARAMETER },
  "max-value": { key: 34, type: "uint16" },
  "min-value": { key: 35, type: "uint16" },
  "current-value": { key: 36, type: "uint16" },
  "missing-hb-allowed": { key: 37, type: "container", children: INTEGER_PARAMETER },
  "max-retransmit": { key: 38, type: "container", children: INTEGER_PARAMETER },
  "ack-timeout": { key: 39, type: "container", children: DECIMAL_PARAMETER },
  "ack-random-factor": { key: 40, type: "container", children: DECIMAL_PARAMETER },
  "max-value-decimal": { key: 41, type: "decimal64" },
  "min-value-decimal": { key: 42, type: "decimal64" },
  "current-value-decimal": { key: 43, type: "decimal64" },
  "idle-config": { key: 44, type: "container", children: CONFIG_PARAMETERS },
  "trigger-mitigation": { key: 45, type: "boolean" },
  "ietf-dots-signal-channel:redirected-signal": {
    key: 46,
    type: "container",
    children: ["alt-server", "alt-server-record"],
    mandatory: ["alt-server"],
  },
  "alt-server": { key: 47, type: "text" },
  "alt-server-record": { key: 48, type: "leaf-list", of: "text" },
  "ietf-dots-signal-channel:heartbeat": {
    key: 49,
    type: "container",
    children: ["peer-hb-status"],
    mandatory: ["peer-hb-status"],
  },
  "probing-rate": { key: 50, type: "container", children: INTEGER_PARAMETER },
  "peer-hb-status": { key: 51, type: "boolean" },
} as const satisfies Record<string, SchemaNode>;

/** A name of the registry. */
export type ParameterName = keyof typeof dotsSchema;

/** The outermost map: one of four messages. [RFC 9132 §5.1] */
export const dotsMessages = {
  children: [
    "ietf-dots-signal-channel:mitigation-scope",
    "ietf-dots-signal-channel:signal-config",
    "ietf-dots-signal-channel:redirected-signal",
    "ietf-dots-signal-channel:heartbeat",
  ],
} as const satisfies MapShape;

const nodesByName: ReadonlyMap<string, SchemaNode> = new Map(Object.entries(dotsSchema));
const namesByKey: ReadonlyMap<number, string> = new Map(
  Object.entries(dotsSchema).map(([name, { key }]) => [key, name]),
);

/** The registry row of a name, however it came; undefined when there is none. */
export function schemaNode(name: string): SchemaNode | undefined {
  return nodesByName.get(name);
}

/** The name of a CBOR key; undefined when this specification assigns none. */
export function parameterName(key: number): string | undefined {
  return namesByKey.get(key);
}

/** Whether a receiver may skip a key that it does not know. [RFC 9132 §10.6.1.1] */
export function isComprehensionOptional(key: number): boolean {
  return (key >= 128 && key <= 255) || (key >= 16384 && key <= 65535);
}

/** The largest CBOR key there can be; the least is 1. [RFC 9132 §10.6.1.1] */
export const MAX_KEY = 65535;
