import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { loadAgentConfig } from "../../../agent/cli/agent-config.ts";
import { SetupError } from "../../../agent/host/setup-error.ts";

const folder = mkdtempSync(join(tmpdir(), "mayday-"));
after(() => rmSync(folder, { recursive: true }));

function fileWith(content: string): string {
  const path = join(folder, "agent.json");
  writeFileSync(path, content);
  return path;
}

test("a configuration may say everything or nothing; its path is relative to the file", () => {
  const all = { dataDir: "data", console: { port: 8080 }, logLevel: "debug" };
  assert.deepEqual(loadAgentConfig(fileWith(JSON.stringify(all))), {
    ...all,
    dataDir: join(folder, "data"),
  });
  assert.deepEqual(loadAgentConfig(fileWith("{}")), {});
  assert.deepEqual(loadAgentConfig(fileWith('{"console":false}')), { console: false });
  assert.equal(loadAgentConfig(fileWith('{"dataDir":"/srv/x"}')).dataDir, "/srv/x");
});

const faults: readonly { content: string; says: RegExp[] }[] = [
  { content: "{", says: [/agent\.json cannot be used:\n {2}the file is not JSON: /] },
  { content: "[]", says: [/\n {2}the file: /] },
  {
    content: '{"dataDir":"","console":{"port":70000},"logLevel":"loud","more":1}',
    says: [
      /\n {2}dataDir: must not be empty/,
      /\n {2}console\.port: is not a port \(0 to 65535\)/,
      /\n {2}logLevel: must be one of silent, error, warn, info, debug/,
      /\n {2}more: is not known here/,
    ],
  },
  { content: '{"console":true}', says: [/\n {2}console: must be false/] },
  { content: '{"console":{}}', says: [/\n {2}console: must be false/] },
  { content: " ".repeat(65_537), says: [/\n {2}the file is too large/] },
];

for (const { content, says } of faults) {
  test(`every fault of ${content.slice(0, 70).trim()} is told with its path`, () => {
    const path = fileWith(content);
    assert.throws(
      () => loadAgentConfig(path),
      (error) => {
        assert.ok(error instanceof SetupError);
        assert.equal(error.code, "config");
        for (const pattern of says) assert.match(error.message, pattern);
        return true;
      },
    );
  });
}

test("a file that is not there", () => {
  assert.throws(
    () => loadAgentConfig(join(folder, "none.json")),
    /the file cannot be read: ENOENT/,
  );
});
