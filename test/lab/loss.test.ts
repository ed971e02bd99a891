/** A link on which 40 % of the packets are lost, each way: the request gets through all the same. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { cuidFromPskIdentity } from "../../agent/dots/signal/cuid.ts";
import { mitigationRequest } from "../../agent/dots/signal/requests.ts";
import { inPool } from "../../scripts/pool.ts";
import { type LabClient, type LabServer, maydayAt, startServerAt } from "../support/lab-server.ts";
import { SuiteOwner } from "../support/lab-owner.ts";
import { type Internet, noInternet, smallInternet } from "../support/namespaces.ts";
import { peer } from "../support/peers.ts";

const LOSS_PERCENT = 40;
const TRIES = 40;
const MUST_SUCCEED = 38;
const LIMIT_S = 10;
/** Each is a process of its own on few cores. */
const AT_ONCE = 6;
/** It mostly waits, and takes little of a core. */
const LIBCOAP_AT_ONCE = 20;

interface Try {
  readonly accepted: boolean;
  /** Milliseconds from the start of the process, which is a part of it, to its end. */
  readonly tookMs: number;
}

const sha256 = (data: Uint8Array): Uint8Array => createHash("sha256").update(data).digest();

describe(`${LOSS_PERCENT} % loss each way`, { skip: noInternet }, () => {
  let internet: Internet;
  let server: LabServer;
  const owner = new SuiteOwner();
  before(async () => {
    internet = smallInternet(owner);
    server = await startServerAt(internet.provider, owner, TRIES);
    internet.lose(LOSS_PERCENT);
  });
  after(() => owner.done());

  test(`mayday signal put: at least ${MUST_SUCCEED} of ${TRIES} accepted in ${LIMIT_S} s`, async (t) => {
    const args = (client: LabClient): string[] => [
      ...server.signal("put", client),
      "--mid",
      "1",
      "--target-prefix",
      client.prefix,
      "--timeout",
      String(LIMIT_S),
      "--json",
    ];
    const tries = await tryAll(server.clients, AT_ONCE, async (client) => {
      const program = maydayAt(internet.lan, t, args(client));
      const exit = await program.exit(LIMIT_S * 1000 + 20_000);
      return exit === 0 && /"code":"2\.0[14]"/.test(program.output);
    });
    print("mayday signal put", tries);
    const accepted = tries.filter((one) => one.accepted).length;
    assert.ok(accepted >= MUST_SUCCEED, `${accepted} of ${TRIES} were accepted`);
  });

  const libcoap = peer("coap-client-openssl");
  test("libcoap's client beside it, for comparison", { skip: libcoap.skip }, async (t) => {
    const tries = await tryAll(server.clients, LIBCOAP_AT_ONCE, async (client) => {
      const cuid = cuidFromPskIdentity(client.identity, sha256);
      const scope = { "target-prefix": [client.prefix], lifetime: 3600 };
      const body = join(server.folder, `${client.identity}.cbor`);
      writeFileSync(body, mitigationRequest({ cuid, mid: 2 }, scope).payload);
      const uri = `${server.uri}/.well-known/dots/mitigate/cuid=${cuid}/mid=2`;
      const request = ["-m", "put", "-t", "271", "-f", body, "-B", String(LIMIT_S), "-v", "6"];
      const credentials = ["-u", client.identity, "-k", client.key];
      const program = internet.lan.run(t, libcoap.path, [...request, ...credentials, uri]);
      await program.exit(LIMIT_S * 1000 + 20_000);
      return /c:2\.0[14]/.test(program.output);
    });
    print("coap-client-openssl", tries);
    assert.equal(tries.length, TRIES);
  });
});

async function tryAll(
  clients: readonly LabClient[],
  atOnce: number,
  attempt: (client: LabClient) => Promise<boolean>,
): Promise<Try[]> {
  const tries: Try[] = [];
  await inPool(atOnce, clients, async (client) => {
    const startedAt = performance.now();
    const accepted = await attempt(client);
    tries.push({ accepted, tookMs: performance.now() - startedAt });
  });
  return tries;
}

function print(what: string, tries: readonly Try[]): void {
  const times = tries
    .filter(({ accepted }) => accepted)
    .map(({ tookMs }) => tookMs)
    .toSorted((a, b) => a - b);
  const middle = times[times.length >> 1];
  const p50 = middle === undefined ? "" : `, p50 ${(middle / 1000).toFixed(1)} s with its start`;
  console.log(`loss ${LOSS_PERCENT} %  ${what}: ${times.length} of ${tries.length} accepted${p50}`);
}
