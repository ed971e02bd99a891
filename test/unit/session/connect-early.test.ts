import assert from "node:assert/strict";
import { test } from "node:test";
import { DotsClient } from "../../../agent/dots/client/client.ts";
import { listenDtls } from "../../../agent/dtls/server.ts";
import type { DtlsSession } from "../../../agent/dtls/session.ts";
import { MemorySessionStore } from "../../../agent/dtls/stored-session.ts";
import type { Address } from "../../../agent/net/ports.ts";
import { connect, type ConnectRequest } from "../../../agent/session/connect.ts";
import { cuidOf } from "../../../agent/session/credential.ts";
import { KEY, NAME, SERVER, sessionLab, type SessionLab } from "./session-lab.ts";

/** A second address, where another server has the same key. */
const OTHER: Address = { ...SERVER, host: "198.51.100.2" };

function request(lab: SessionLab, more: Partial<ConnectRequest>): ConnectRequest {
  return { ...lab.endpoint(), timeoutMs: 10_000, ...more };
}

test("a request goes along with the end of the handshake, and saves a round trip [RFC 7918]", async () => {
  const lab = await sessionLab(1);
  const told: DtlsSession[] = [];
  let answeredAt = 0;
  const { credential } = lab.endpoint();
  const outcome = await lab.network.settle(
    connect(
      lab.deps,
      request(lab, {
        onMaySend: (dtls) => {
          told.push(dtls);
          const cuid = cuidOf(credential, lab.deps.sha256);
          const client = new DotsClient(lab.clientHost, dtls, { cuid, heartbeat: false });
          const scope = { "target-prefix": ["203.0.113.1/32"], lifetime: 60 };
          const asked = client.requestMitigation(1, scope);
          void asked.then(() => (answeredAt = lab.network.clock.now()));
        },
      }),
    ),
    1000,
  );
  assert.ok(outcome.tag === "session");
  assert.deepEqual(told, [outcome.dtls]);
  assert.equal(outcome.handshakeMs, 120);
  await lab.network.run({ for: 1 });
  assert.equal(answeredAt, 120, "and not one round trip after the session");
  outcome.dtls.close();
});

test("nobody is told when the handshake comes to nothing before that", async () => {
  const lab = await sessionLab(2);
  lab.names.set(NAME, [{ ...SERVER, port: 9 }]);
  const onMaySend = (): never => assert.fail("there is no session to be");
  const connecting = connect(lab.deps, request(lab, { onMaySend }));
  const outcome = await lab.network.settle(connecting, 1000);
  assert.equal(outcome.tag, "failed");
});

test("nothing goes early to a server without connection ids: some lose it, and themselves", async () => {
  const lab = await sessionLab(2);
  const onMaySend = (): never => assert.fail("it might be such a server");
  const connecting = connect(lab.deps, request(lab, { connectionId: false, onMaySend }));
  const outcome = await lab.network.settle(connecting, 1000);
  assert.ok(outcome.tag === "session");
  outcome.dtls.close();
});

test("a wrong key is a failure as ever, and the session that was to be is closed", async () => {
  const lab = await sessionLab(3);
  const reasons: Error[] = [];
  const outcome = await lab.network.settle(
    connect(
      lab.deps,
      request(lab, {
        credential: { type: "psk", identity: "branch", key: Uint8Array.of(1) },
        onMaySend: (dtls) =>
          dtls.listen({ message() {}, closed: (reason) => void reasons.push(reason) }),
      }),
    ),
    5000,
  );
  assert.ok(outcome.tag === "failed");
  assert.equal(outcome.fault, "key-refused");
  assert.equal(reasons.length, 1);
});

test("where another address wins, the outcome is its session, and the first one is closed", async () => {
  const lab = await sessionLab(4);
  const otherHost = lab.network.host([OTHER.host]);
  const other = await listenDtls(otherHost, {
    local: OTHER,
    credentials: { pskOf: () => new TextEncoder().encode(KEY) },
    onSession: () => undefined,
  });
  lab.names.set(NAME, [SERVER, OTHER]);
  const told: DtlsSession[] = [];
  let ended = 0;
  const outcome = await lab.network.settle(
    connect(
      lab.deps,
      request(lab, {
        onMaySend: (dtls) => {
          told.push(dtls);
          dtls.listen({ message() {}, closed: () => (ended += 1) });
          lab.link.cut(); // the server's answer is lost, and all that follows
        },
      }),
    ),
    10_000,
  );
  assert.ok(outcome.tag === "session");
  assert.deepEqual(outcome.address, OTHER);
  assert.deepEqual(
    told.map(({ peer }) => peer),
    [SERVER],
    "one address at most",
  );
  assert.equal(ended, 1);
  outcome.dtls.close();
  other.close();
});

test("a session that is kept is gone on with, in fewer round trips", async () => {
  const lab = await sessionLab(5);
  const store = new MemorySessionStore();
  const resumption = { store, server: "a server" };
  const took: (readonly [boolean, number])[] = [];
  for (let n = 0; n < 2; n += 1) {
    const connecting = connect(lab.deps, request(lab, { resumption }));
    const outcome = await lab.network.settle(connecting, 1000);
    assert.ok(outcome.tag === "session");
    took.push([outcome.dtls.security.resumed, outcome.handshakeMs]);
    outcome.dtls.close();
  }
  assert.deepEqual(took, [
    [false, 120],
    [true, 40],
  ]);
});

test("what a request says of the handshake is heeded: no connection id, small packets, a key log", async () => {
  const lab = await sessionLab(6);
  const lines: string[] = [];
  const connecting = connect(
    lab.deps,
    request(lab, {
      connectionId: false,
      maxDatagram: 528,
      keyLog: (line) => void lines.push(line),
    }),
  );
  const outcome = await lab.network.settle(connecting, 1000);
  assert.ok(outcome.tag === "session");
  assert.equal(outcome.dtls.security.connectionId, false);
  assert.ok(outcome.dtls.maxMessage < 528);
  assert.match(lines.join("\n"), /^CLIENT_RANDOM [0-9a-f]{64} [0-9a-f]{96}$/);
  outcome.dtls.close();
});
