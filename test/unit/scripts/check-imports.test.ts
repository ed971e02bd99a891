import assert from "node:assert/strict";
import { test } from "node:test";
import { checkImports, specifiersOf } from "../../../scripts/check-imports.ts";

const dependencies = ["better-sqlite3", "cborg", "commander", "@scope/thing"];

function faultsOf(files: Record<string, string>): string[] {
  return checkImports({ files: new Map(Object.entries(files)), dependencies });
}

const refused: readonly [title: string, file: string, source: string, fault: RegExp][] = [
  ["wire to net", "agent/wire/a.ts", 'import { x } from "../net/ports.ts";', /may not import/],
  ["coap to dtls", "agent/coap/a.ts", 'import type { X } from "../dtls/b.ts";', /may not import/],
  ["dots to dtls", "agent/dots/client/a.ts", 'import { x } from "../../dtls/b.ts";', /may not/],
  ["signal to client", "agent/dots/signal/a.ts", 'export * from "../client/b.ts";', /may not/],
  ["client to server", "agent/dots/client/a.ts", 'import "../server/b.ts";', /may not import/],
  ["server to SQLite", "agent/dots/server/a.ts", 'import "../../store/sqlite/b.ts";', /may not/],
  ["dtls to a net adapter", "agent/dtls/a.ts", 'import "../net/node/clock.ts";', /may not import/],
  ["ports to their adapter", "agent/net/ports.ts", 'import "./node/clock.ts";', /may not import/],
  ["host to anything", "agent/host/a.ts", 'import "../net/ports.ts";', /may not import/],
  ["provider to the command", "agent/provider/a.ts", 'import "../cli/b.ts";', /may not import/],
  ["provider to the client", "agent/provider/a.ts", 'import "../dots/client/b.ts";', /may not/],
  ["agent to test", "agent/cli/a.ts", 'import "../../test/support/b.ts";', /may not import/],
  ["plug-in to the server", "plugins/m/a.ts", 'import "../../agent/dots/server/server.ts";', /may/],
  ["over several lines", "agent/wire/a.ts", 'import {\n  x,\n} from "../coap/b.ts";', /may not/],
  ["a dynamic import", "agent/wire/a.ts", 'const x = await import("../coap/b.ts");', /may not/],
  ["an import type", "agent/wire/a.ts", 'type X = import("../coap/b.ts").X;', /may not/],
  ["a new folder", "agent/new/a.ts", 'import "./b.ts";', /belongs to no layer/],
  ["node:* in the protocol", "agent/dtls/a.ts", 'import { x } from "node:crypto";', /node:crypto/],
  ["node:* without its prefix", "agent/coap/a.ts", 'import { x } from "fs/promises";', /node:fs/],
  ["node:* by require", "agent/wire/a.ts", 'const x = require("node:fs");', /node:fs is imported/],
  ["electron", "agent/cli/a.ts", 'import { app } from "electron";', /electron is imported only/],
  ["SQLite elsewhere", "agent/store/a.ts", 'import D from "better-sqlite3";', /better-sqlite3 is/],
  ["what does not ship", "agent/cli/a.ts", 'import x from "esbuild";', /not in package.json/],
];

for (const [title, file, source, fault] of refused) {
  test(`refuses ${title}`, () => {
    const faults = faultsOf({ [file]: source });
    assert.ok(
      faults.some((line) => line.startsWith(file) && fault.test(line)),
      `found: ${faults.join("; ")}`,
    );
  });
}

const allowed: readonly [title: string, file: string, source: string][] = [
  ["its own folder", "agent/wire/coap/a.ts", 'import { x } from "../bytes.ts";'],
  ["ports from anywhere above wire", "agent/coap/a.ts", 'import { x } from "../net/ports.ts";'],
  ["server to the store's interface", "agent/dots/server/a.ts", 'import "../../store/s.ts";'],
  ["crypto in its adapter", "agent/dtls/crypto/a.ts", 'import { x } from "node:crypto";'],
  ["SQLite at home", "agent/store/sqlite/a.ts", 'import D from "better-sqlite3";'],
  [
    "a plug-in to its interface",
    "plugins/m/a.ts",
    'import "../../agent/dots/server/mitigator.ts";',
  ],
  ["a package that ships", "agent/wire/cbor/a.ts", 'import { x } from "cborg/json";'],
  ["a scoped package", "agent/coap/a.ts", 'import { x } from "@scope/thing/part";'],
  ["the command joining parts", "agent/cli/a.ts", 'import "../dtls/a.ts";\nimport "../coap/b.ts";'],
  [
    "a comment",
    "agent/wire/a.ts",
    '// import { x } from "../coap/b.ts";\n/**\n * import("fs")\n */',
  ],
  ["a string", "agent/wire/a.ts", 'export const from = "../coap/b.ts";'],
];

for (const [title, file, source] of allowed) {
  test(`allows ${title}`, () => assert.deepEqual(faultsOf({ [file]: source }), []));
}

test("finds a circle, types included, and names its files in order", () => {
  const faults = faultsOf({
    "agent/wire/a.ts": 'import { b } from "./b.ts";',
    "agent/wire/b.ts": 'import type { C } from "./c.ts";',
    "agent/wire/c.ts": 'export { a } from "./a.ts";',
    "agent/wire/d.ts": 'import { a } from "./a.ts";',
  });
  assert.deepEqual(faults, [
    "import circle: agent/wire/a.ts -> agent/wire/b.ts -> agent/wire/c.ts -> agent/wire/a.ts",
  ]);
});

test("two ways to one file are no circle", () => {
  const faults = faultsOf({
    "agent/wire/a.ts": 'import "./b.ts";\nimport "./c.ts";',
    "agent/wire/b.ts": 'import "./d.ts";',
    "agent/wire/c.ts": 'import "./d.ts";',
    "agent/wire/d.ts": "",
  });
  assert.deepEqual(faults, []);
});

test("specifiersOf sees every form of import", () => {
  const source = [
    'import a from "./1.ts";',
    'import { type B, b } from "./2.ts";',
    'export type { C } from "./3.ts";',
    'import "./4.ts";',
    'const e = import("./5.ts");',
    "import * as f from './6.ts';",
  ].join("\n");
  const numbers = specifiersOf(source).map((specifier) => specifier[2] ?? "");
  assert.deepEqual(numbers.toSorted().join(""), "123456");
});
