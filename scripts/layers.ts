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
const TRANSPORT = "agent/control/transport/";
const WEB = "agent/control/web/";
const CLI = "agent/cli/";

/** The layers, lowest first. */
export const LAYERS: readonly Layer[] = [
  { under: "agent/wire/", may: [] },
  { under: "agent/host/", may: [] },
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
  {
    under: "agent/provider/",
    may: [
      "agent/dots/server/",
      "agent/dots/signal/",
      "agent/dtls/",
      "agent/store/",
      "agent/host/",
      "plugins/",
      ...NET,
    ],
  },
  {
    under: "agent/session/",
    may: [
      "agent/dtls/",
      "agent/coap/",
      "agent/dots/client/",
      "agent/dots/signal/",
      "agent/wire/",
      ...NET,
    ],
  },
  { under: "agent/scope/", may: ["agent/dots/signal/", "agent/wire/", ...NET] },
  { under: "agent/control/", may: [PORTS], mayNot: [TRANSPORT, WEB] },
  { under: TRANSPORT, may: ["agent/control/"], mayNot: [WEB] },
  { under: WEB, may: ["agent/control/"], mayNot: [TRANSPORT] },
  {
    under: "agent/daemon/",
    may: [
      "agent/session/",
      "agent/scope/",
      "agent/control/",
      "agent/store/",
      "agent/dots/client/",
      "agent/dots/signal/",
      "agent/coap/",
      "agent/dtls/",
      "agent/wire/",
      "agent/host/psk-file.ts",
      ...NET,
    ],
    mayNot: [SQLITE, TRANSPORT, WEB],
  },
  { under: "agent/main.ts", may: ["agent/", "plugins/", "package.json"], mayNot: [CLI] },
  { under: CLI, may: ["agent/", "plugins/", "package.json"] },
  { under: "plugins/", may: ["agent/dots/server/mitigator.ts", ...NET] },
  // The interface and the shell know the agent by its contract alone; the tray says what Home says.
  { under: "renderer/", may: ["agent/control/"], mayNot: [TRANSPORT, WEB] },
  {
    under: "electron/",
    may: [
      "agent/control/",
      "agent/host/",
      "agent/main.ts",
      "agent/net/node/clock.ts",
      "renderer/model/",
      "renderer/strings.ts",
      "renderer/strings/",
      "package.json",
      PORTS,
    ],
    mayNot: [WEB],
  },
  { under: "scripts/", may: ["agent/", "plugins/", "renderer/", "package.json"] },
  {
    under: "test/",
    may: ["agent/", "plugins/", "scripts/", "renderer/", "electron/", "package.json"],
  },
];

/** Packages with a home. */
export const PACKAGES: readonly PackageRule[] = [
  { name: "electron", only: ["electron/"] },
  { name: "preact", only: ["renderer/"] },
  { name: "@preact/signals", only: ["renderer/"] },
  { name: "uplot", only: ["renderer/"] },
  { name: "ws", only: [WEB, "test/"] },
  { name: "better-sqlite3", only: [SQLITE, "test/unit/store/", "test/e2e/"] },
  { name: "commander", only: [CLI, "test/"] },
  { name: "pino", only: [CLI, "test/"] },
  { name: "@peculiar/*", only: ["agent/dtls/crypto/", "test/"] },
  {
    name: "node:*",
    only: [
      "agent/net/node/",
      "agent/dtls/crypto/",
      "agent/store/",
      "agent/host/",
      "agent/provider/",
      TRANSPORT,
      WEB,
      "agent/main.ts",
      CLI,
      "electron/",
      "renderer/vite.config.ts",
      "plugins/",
      "scripts/",
      "test/",
    ],
  },
];
