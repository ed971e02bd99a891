import { NamedGroup } from "../wire/dtls/extensions.ts";
import { availableSuites, suiteByName, type CipherSuite } from "./cipher-suites.ts";
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

/** The suites and groups to offer or to accept. @throws {DtlsError} `dtls/configuration` */
export function negotiable(options: Negotiable): {
  readonly suites: readonly CipherSuite[];
  readonly groups: readonly KeyShareGroup[];
} {
  if (!options.suites) return { suites: availableSuites(), groups: GROUPS };
  const suites = options.suites.map((name) => {
    const suite = suiteByName(name);
    if (!suite)
      throw new DtlsError("dtls/configuration", `cipher suite ${name} is not implemented`);
    return suite;
  });
  if (suites.length === 0) throw new DtlsError("dtls/configuration", "no cipher suite is allowed");
  return { suites, groups: GROUPS };
}
