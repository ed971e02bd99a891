/** `mayday signal` on libcoap's server, both builds, with and without an identity hint. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test, type TestContext } from "node:test";
import { peer } from "../support/peers.ts";
import { freeUdpPort, run } from "../support/program.ts";
import { mayday } from "../support/server-process.ts";

const KEY = "a key of the branch";
const folder = mkdtempSync(join(tmpdir(), "mayday-interop-"));
const pskFile = join(folder, "branch.psk");
const wrongPskFile = join(folder, "wrong.psk");
writeFileSync(pskFile, KEY, { mode: 0o600 });
writeFileSync(wrongPskFile, "another key", { mode: 0o600 });
after(() => rmSync(folder, { recursive: true }));

for (const build of ["coap-server-openssl", "coap-server-gnutls"]) {
  const server = peer(build);
  for (const hint of ["", "provider"]) {
    const what = hint === "" ? "without an identity hint" : "with an identity hint";
    describe(`${build} ${what}`, { skip: server.skip }, () => {
      /** Starts the server; gives its DTLS port, the one after the port it is told. */
      const serve = async (t: TestContext): Promise<number> => {
        const port = await freeUdpPort();
        const args = ["-A", "127.0.0.1", "-p", String(port), "-d", "10", "-v", "7"];
        const program = run(t, server.path, [...args, "-k", KEY, "-h", hint]);
        await program.until(new RegExp(`created DTLS endpoint 127\\.0\\.0\\.1:${port + 1}`));
        return port + 1;
      };
      const signal = async (
        t: TestContext,
        port: number,
        args: readonly string[],
        file = pskFile,
      ): Promise<{ exit: number; answer: { code?: string; error?: { message: string } } }> => {
        const credentials = ["--psk-identity", "branch", "--psk-file", file, "--json"];
        const target = ["--server", `coaps://127.0.0.1:${port}`];
        const program = mayday(t, ["signal", ...args, ...target, ...credentials]);
        const exit = await program.exit();
        const line = program.output.split("\n").find((text) => text.startsWith("{"));
        return {
          exit,
          answer: JSON.parse(line ?? "{}") as { code?: string; error?: { message: string } },
        };
      };

      test("PUT, GET and DELETE", async (t) => {
        const port = await serve(t);
        const put = await signal(t, port, "put --mid 1 --target-prefix 203.0.113.7".split(" "));
        assert.deepEqual([put.exit, put.answer.code], [0, "2.01"]);
        const got = await signal(t, port, ["get", "--mid", "1"]);
        assert.deepEqual([got.exit, got.answer.code], [0, "2.05"]);
        const deleted = await signal(t, port, ["delete", "--mid", "1"]);
        assert.deepEqual([deleted.exit, deleted.answer.code], [0, "2.02"]);
        const gone = await signal(t, port, ["get", "--mid", "1"]);
        assert.deepEqual([gone.exit, gone.answer.code], [3, "4.04"]);
      });

      test("a wrong key: exit 5 within 5 s", async (t) => {
        const port = await serve(t);
        const startedAt = performance.now();
        const got = await signal(t, port, ["get", "--mid", "1"], wrongPskFile);
        assert.equal(got.exit, 5);
        assert.match(got.answer.error?.message ?? "", /refused this key \(identity branch\)/);
        assert.ok(performance.now() - startedAt < 5000);
      });
    });
  }
}
