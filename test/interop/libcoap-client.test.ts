/** libcoap's client, both builds, on `mayday server`. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test, type TestContext } from "node:test";
import { cuidFromPskIdentity } from "../../agent/dots/signal/cuid.ts";
import { mitigationRequest } from "../../agent/dots/signal/requests.ts";
import { decodeDots } from "../../agent/wire/cbor/dots-body.ts";
import type { MitigationScope } from "../../agent/wire/cbor/types.ts";
import { peer } from "../support/peers.ts";
import { run, type Program } from "../support/program.ts";
import { startServer, type ServerProcess } from "../support/server-process.ts";

const sha256 = (data: Uint8Array): Uint8Array => createHash("sha256").update(data).digest();
const SCOPE = {
  "target-prefix": ["203.0.113.7/32"],
  "target-port-range": [{ "lower-port": 443 }],
  "target-protocol": [6],
  lifetime: 1800,
};

/** One run of the client; `out` is where it writes what it gets. */
interface ClientRun {
  readonly program: Program;
  readonly out: string;
}

function scopesIn(data: Uint8Array): readonly MitigationScope[] {
  const body = decodeDots(data);
  return body["ietf-dots-signal-channel:mitigation-scope"]?.scope ?? [];
}

for (const build of ["coap-client-openssl", "coap-client-gnutls"]) {
  const client = peer(build);
  describe(build, { skip: client.skip }, () => {
    const start = (
      t: TestContext,
      server: ServerProcess,
      args: readonly string[],
      key = server.key,
    ): ClientRun => {
      const out = join(server.folder, "out.cbor");
      const cuid = cuidFromPskIdentity(server.identity, sha256);
      const uri = `coaps://127.0.0.1:${server.port}/.well-known/dots/mitigate/cuid=${cuid}/mid=1`;
      const credentials = ["-u", server.identity, "-k", key];
      const program = run(t, client.path, [...args, ...credentials, "-v", "7", "-o", out, uri]);
      return { program, out };
    };
    const put = async (t: TestContext, server: ServerProcess, code: string): Promise<ClientRun> => {
      const body = join(server.folder, "body.cbor");
      const cuid = cuidFromPskIdentity(server.identity, sha256);
      writeFileSync(body, mitigationRequest({ cuid, mid: 1 }, SCOPE).payload);
      const done = start(t, server, ["-m", "put", "-t", "271", "-f", body, "-B", "5"]);
      await done.program.until(new RegExp(`c:${code.replace(".", "\\.")} `));
      await done.program.exit();
      return done;
    };

    test("PUTs, GETs, observes and DELETEs a mitigation", async (t) => {
      const server = await startServer(t);
      const created = await put(t, server, "2.01");
      assert.deepEqual(scopesIn(readFileSync(created.out)), [{ mid: 1, lifetime: 1800 }]);
      await put(t, server, "2.04");

      const got = start(t, server, ["-m", "get", "-B", "5"]);
      await got.program.exit();
      const [scope] = scopesIn(readFileSync(got.out));
      assert.deepEqual(scope?.["target-prefix"], SCOPE["target-prefix"]);
      assert.equal(scope?.mid, 1);

      const observed = start(t, server, ["-m", "get", "-s", "4", "-B", "8"]);
      await observed.program.until(/t:ACK c:2\.05 .*Observe/);
      await observed.program.until(/t:NON c:2\.05 .*Observe/);

      const deleted = start(t, server, ["-m", "delete", "-B", "5"]);
      await deleted.program.until(/c:2\.02/);
      // The observer hears of the end as well. [RFC 9132 §4.4.4]
      await server.program.until(/"status":5/);
      assert.equal(await observed.program.exit(), 0);
    });

    test("NON requests are answered NON", async (t) => {
      const server = await startServer(t);
      const got = start(t, server, ["-m", "get", "-N", "-B", "5"]);
      await got.program.until(/t:NON c:4\.04/);
    });

    test("a wrong key gets no answer, and the server says whose it was", async (t) => {
      const server = await startServer(t);
      const tried = start(t, server, ["-m", "get", "-B", "3"], "not the key");
      await server.program.until(/handshake refused/);
      await tried.program.exit();
      assert.doesNotMatch(tried.program.output, /c:[245]\.\d\d/);
    });
  });
}
