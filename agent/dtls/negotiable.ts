import { NamedGroup } from "../wire/dtls/extensions.ts";
import {
  availableSuites,
  exchangeWith,
  suiteByName,
  type CipherSuite,
  type KeyExchange,
} from "./cipher-suites.ts";
import type { ClientCredentials, ServerCredentials } from "./credentials.ts";
import type { KeyShareGroup } from "./crypto/key-share.ts";
import { DtlsError } from "./session.ts";

/** What an endpoint may be told to negotiate; everything this implementation has, unless told. */
export interface Negotiable {
  /** Registered names in order of preference. */
  readonly suites?: readonly string[];
}

/** X25519 is the fastest, P-256 the most common. */
const GROUPS: readonly KeyShareGroup[] = [
  NamedGroup.x25519,
  NamedGroup.secp256r1,
  NamedGroup.secp384r1,
];

const UNUSABLE = "none of the cipher suites allowed is for credentials of this kind";

const WITH_KEY = ["psk", "ecdhe_psk"] as const;
const WITH_SIGNATURE = ["ecdhe_ecdsa", "ecdhe_rsa"] as const;

/** The key exchanges for which a client has what it takes. */
export function clientExchanges({ type }: ClientCredentials): ReadonlySet<KeyExchange> {
  return new Set<KeyExchange>(type === "psk" ? WITH_KEY : WITH_SIGNATURE);
}

/** The key exchanges for which a server has what it takes. */
export function serverExchanges(credentials: ServerCredentials): ReadonlySet<KeyExchange> {
  const { certificates, rawPublicKey } = credentials;
  const exchanges = new Set<KeyExchange>(credentials.pskOf ? WITH_KEY : []);
  const keys = (certificates?.own ?? []).map(({ key }) => key);
  for (const { keyType } of rawPublicKey ? [...keys, rawPublicKey.own] : keys) {
    const exchange = exchangeWith(keyType);
    if (exchange) exchanges.add(exchange);
  }
  return exchanges;
}

/**
 * The suites and groups to offer or to accept, of those that these exchanges are for.
 * @throws {DtlsError} `dtls/configuration`
 */
export function negotiable(
  options: Negotiable,
  exchanges: ReadonlySet<KeyExchange>,
): {
  readonly suites: readonly CipherSuite[];
  readonly groups: readonly KeyShareGroup[];
} {
  if (!options.suites) return { suites: availableSuites(exchanges), groups: GROUPS };
  const suites = options.suites.map((name) => {
    const suite = suiteByName(name);
    if (!suite)
      throw new DtlsError("dtls/configuration", `cipher suite ${name} is not implemented`);
    return suite;
  });
  const usable = suites.filter((suite) => exchanges.has(suite.keyExchange));
  if (usable.length === 0) {
    const why = suites.length === 0 ? "no cipher suite is allowed" : UNUSABLE;
    throw new DtlsError("dtls/configuration", why);
  }
  return { suites: usable, groups: GROUPS };
}
