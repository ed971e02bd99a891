/** Every kind of handshake that there is. */
import type { ClientCredentials, ServerCredentials } from "../../agent/dtls/credentials.ts";
import { CLIENT_NAME, clients, labCertificate, servers } from "./dtls-credentials.ts";

/** One kind of handshake. */
export interface Family {
  readonly name: string;
  readonly kind: "psk" | "certificate" | "raw-public-key";
  readonly suite: string;
  /** Both ends know this one as well. */
  readonly also?: string;
  readonly hint?: string;
  /** Whether the client's key is one of RSA, too. */
  readonly rsa?: true;
  /** The handshake goes on with a session of before; `renewed`: its ticket is worn, so that a new one comes. */
  readonly resumed?: "by ticket" | "by ticket, renewed" | "by session id";
  /** Whether connection ids are agreed on. */
  readonly ids?: boolean;
  /** Whether there are tickets: yes unless told. */
  readonly tickets?: false;
}

const ECDHE_PSK = { kind: "psk", suite: "ECDHE_PSK_WITH_AES_128_GCM_SHA256" } as const;
const CHACHA = "ECDHE_PSK_WITH_CHACHA20_POLY1305_SHA256";
const ECDSA = { kind: "certificate", suite: "ECDHE_ECDSA_WITH_AES_128_GCM_SHA256" } as const;

/** All of them. */
export const FAMILIES = {
  psk: { name: "PSK", kind: "psk", suite: "PSK_WITH_AES_128_GCM_SHA256", tickets: false },
  hint: { name: "PSK with a hint", kind: "psk", suite: "PSK_WITH_AES_128_CCM_8", hint: "office" },
  ecdhePsk: { name: "ECDHE_PSK", ...ECDHE_PSK },
  chacha: {
    name: "ECDHE_PSK with ids",
    kind: "psk",
    suite: CHACHA,
    ids: true,
  },
  ecdsa: { name: "ECDHE_ECDSA", ...ECDSA },
  ecdsaIds: { name: "ECDHE_ECDSA with ids", ...ECDSA, ids: true },
  rsa: {
    name: "ECDHE_RSA",
    kind: "certificate",
    suite: "ECDHE_RSA_WITH_AES_256_GCM_SHA384",
    rsa: true,
  },
  raw: { name: "raw public keys", kind: "raw-public-key", suite: ECDSA.suite },
  ticket: { name: "ECDHE_PSK by ticket", ...ECDHE_PSK, also: CHACHA, resumed: "by ticket" },
  renewed: { name: "ECDHE_PSK by ticket, renewed", ...ECDHE_PSK, resumed: "by ticket, renewed" },
  id: { name: "ECDHE_PSK by session id", ...ECDHE_PSK, also: CHACHA, resumed: "by session id" },
  ecdsaTicket: { name: "ECDHE_ECDSA by ticket", ...ECDSA, resumed: "by ticket" },
  rawTicket: {
    name: "raw public keys by ticket",
    kind: "raw-public-key",
    suite: ECDSA.suite,
    resumed: "by ticket",
  },
  ticketIds: {
    name: "ECDHE_PSK by ticket with ids",
    ...ECDHE_PSK,
    resumed: "by ticket",
    ids: true,
  },
} as const satisfies Record<string, Family>;
/** The short names of the families. */
export type FamilyName = keyof typeof FAMILIES;

/** How long sessions can be resumed: as long as a true server has it. */
export const LIFETIME = 24 * 3_600_000;

/** The client's certificate with a key of RSA. */
export const RSA_OWN = labCertificate({
  subject: "CN=office with RSA",
  dns: [CLIENT_NAME],
  keyType: "rsa",
});

/** What both ends agree to in a family. */
export interface FamilyOptions {
  readonly suites: readonly string[];
  readonly connectionId: boolean;
  readonly credentials: ServerCredentials;
  readonly resumption: { readonly tickets: boolean };
}

/** The options of both ends. */
export function optionsOf(family: Family): FamilyOptions {
  const hint = family.hint === undefined ? {} : { hint: family.hint };
  const tickets = family.tickets !== false && family.resumed !== "by session id";
  return {
    suites: [family.suite, ...(family.also === undefined ? [] : [family.also])].map(registered),
    connectionId: family.ids === true,
    credentials: { ...servers[family.kind], ...hint },
    resumption: { tickets },
  };
}

/** The client's credentials. */
export function credentialsOf({ kind, rsa }: Family): ClientCredentials {
  return rsa === true ? { ...clients.certificate, own: RSA_OWN } : clients[kind];
}

function registered(name: string): string {
  return `TLS_${name}`;
}

/** Numbers of suites. */
export const suiteIds = { chacha: 0xccac } as const;
