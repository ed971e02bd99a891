/** Which folder may import what: the layers of the architecture, as data. Enforced by check-imports.ts. */

/** One layer. The longest `under` that starts a file's path decides which layer the file belongs to. */
export interface Layer {
  /** The folder (with a slash at its end) or the one file that makes the layer. */
  readonly under: string;
  /** What it may import besides itself: folders (with a slash at their end) or single files. */
  readonly may: readonly string[];
  /** What it may not import although `may` names something above it. */
  readonly mayNot?: readonly string[];
}

/** A package that only some folders may import. `name` ends with `*` for a prefix. */
export interface PackageRule {
  readonly name: string;
  readonly only: readonly string[];
}

const PORTS = "agent/net/ports.ts";
const ADDRESS = "agent/net/address.ts";
const NET = [PORTS, ADDRESS];
const SQLITE = "agent/store/sqlite/";

/** The layers, lowest first. */
export const LAYERS: readonly Layer[] = [
  { under: "agent/wire/", may: [] },
  { under: "agent/net/", may: [], mayNot: ["agent/net/node/", "agent/net/simulated/"] },
  { under: "agent/net/node/", may: NET },
  { under: "agent/net/simulated/", may: NET },
  { under: "agent/dtls/", may: ["agent/wire/", ...NET] },
  { under: "agent/coap/", may: ["agent/wire/", ...NET] },
  { under: "agent/store/", may: ["agent/wire/", ...NET], mayNot: [SQLITE] },
  { under: SQLITE, may: ["agent/store/", "agent/wire/", ...NET] },
  { under: "agent/dots/signal/", may: ["agent/coap/", "agent/wire/", ...NET] },
  {
    under: "agent/dots/client/",
    may: ["agent/dots/signal/", "agent/coap/", "agent/wire/", ...NET],
  },
  {
    under: "agent/dots/server/",
    may: ["agent/dots/signal/", "agent/coap/", "agent/wire/", "agent/store/", ...NET],
    mayNot: [SQLITE],
  },
  { under: "agent/cli/", may: ["agent/", "plugins/", "package.json"] },
  { under: "plugins/", may: ["agent/dots/server/mitigator.ts", ...NET] },
  { under: "scripts/", may: ["agent/", "plugins/", "package.json"] },
  { under: "test/", may: ["agent/", "plugins/", "scripts/", "package.json"] },
];

/** Packages with a home. */
export const PACKAGES: readonly PackageRule[] = [
  { name: "electron", only: ["electron/"] },
  { name: "better-sqlite3", only: [SQLITE, "test/unit/store/"] },
  { name: "commander", only: ["agent/cli/", "test/"] },
  { name: "pino", only: ["agent/cli/", "test/"] },
  {
    name: "node:*",
    only: [
      "agent/net/node/",
      "agent/dtls/crypto/",
      "agent/store/",
      "agent/cli/",
      "plugins/",
      "scripts/",
      "test/",
    ],
  },
];
