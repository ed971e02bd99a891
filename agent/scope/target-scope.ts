import type { MitigationScope } from "../wire/cbor/types.ts";

/** What is to be protected: the lists of a mitigation-scope that users can fill. [RFC 9132 §4.4.1.1] */
export type TargetScope = Pick<
  MitigationScope,
  "target-prefix" | "target-port-range" | "target-protocol" | "target-fqdn" | "target-uri"
>;
