import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { ConnectOptions } from "../../../agent/dtls/client.ts";
import { listenDtls, type ListenOptions } from "../../../agent/dtls/server.ts";
import {
  certificateClient,
  certificateServer,
  clients,
  labCertificate,
  servers,
  SERVER_NAME,
  strangersCertificate,
  STRANGERS_TRUST,
} from "../../support/dtls-credentials.ts";
import { dtlsLab, echo, octetsOf, SERVER_ADDRESS, type DtlsLab } from "../../support/dtls-lab.ts";

/** A lab with certificates, and what its server was told of refusals. */
async function certified(
  server: Partial<ListenOptions> = {},
): Promise<{ readonly lab: DtlsLab; readonly refusals: readonly string[] }> {
  const refusals: string[] = [];
  const onRefused: ListenOptions["onRefused"] = (_from, identity, reason) =>
    refusals.push(`${identity}: ${reason}`);
  const lab = await dtlsLab(1, {
    server: { credentials: certificateServer, onRefused, ...server },
  });
  return { lab, refusals };
}

const withOwn = (own = strangersCertificate()): Partial<ConnectOptions> => ({
  credentials: { ...certificateClient, own },
});

describe("certificates in a session", () => {
  test("a client with a CA's certificate that is not trusted is told so, and the server which one it was", async () => {
    const { lab, refusals } = await certified();
    await assert.rejects(lab.connect(withOwn()), {
      code: "dtls/authentication",
      message: "the server refused this certificate (CN=stranger): unknown_ca",
    });
    assert.equal(refusals.length, 1);
    assert.match(
      refusals[0] ?? "",
      /^: the client's certificate is not by a CA .*\(certificate CN=stranger,/,
    );
    assert.equal(lab.server.statistics.refused, 1);
    assert.equal(await echo(lab, await lab.connect(withOwn(certificateClient.own)), "on"), "on");
  });

  test("a client whose certificate names no client", async () => {
    const { lab, refusals } = await certified();
    const own = labCertificate({ subject: "CN=visitor", dns: ["visitor.example.com"] });
    await assert.rejects(lab.connect(withOwn(own)), {
      code: "dtls/authentication",
      message: /^the server refused this certificate \(CN=visitor\): /,
    });
    assert.match(refusals[0] ?? "", /visitor/);
  });

  test("a server that the client does not trust is told so, too", async () => {
    const { lab, refusals } = await certified();
    const credentials = { ...certificateClient, trust: STRANGERS_TRUST };
    await assert.rejects(lab.connect({ credentials }), {
      code: "dtls/authentication",
      message: /^the server's certificate .*CN=server/,
    });
    await lab.network.run({ for: 2000 });
    assert.deepEqual(refusals, [": the client refused this server's certificate: unknown_ca"]);
  });

  test("the certificate for the name that is asked for is shown", async () => {
    const other = labCertificate({ subject: "CN=other", dns: ["other.example.com"] });
    const { certificates } = certificateServer;
    const [first] = certificates.own;
    const credentials = { certificates: { ...certificates, own: [first, other] as const } };
    const { lab } = await certified({ credentials });
    const asked = {
      credentials: { ...certificateClient, server: { host: "other.example.com" } },
    };
    await assert.rejects(lab.connect(asked), { code: "dtls/authentication" });
    const session = await lab.connect({ ...asked, serverName: "other.example.com" });
    assert.equal(await echo(lab, session, "hello"), "hello");
    assert.ok(await lab.connect({ serverName: SERVER_NAME, credentials: certificateClient }));
  });

  test("over a path MTU of 576", async () => {
    const parameters = { maxDatagram: 576 - 20 - 8 };
    const { lab } = await certified({ parameters });
    lab.link.set({ aToB: { mtu: 576 }, bToA: { mtu: 576 } });
    let largest = 0;
    lab.network.trace = ({ packet }) => (largest = Math.max(largest, octetsOf(packet).length));
    const session = await lab.connect({ credentials: certificateClient, parameters });
    assert.equal(
      await echo(lab, session, "x".repeat(session.maxMessage)),
      "x".repeat(session.maxMessage),
    );
    assert.ok(largest <= parameters.maxDatagram, `${largest} octets`);
  });

  test("at 40 % loss each way", async () => {
    for (let seed = 0; seed < 20; seed += 1) {
      const lab = await dtlsLab(seed, {
        path: { loss: 0.4, reorder: 0.1, duplicate: 0.1 },
        server: { credentials: certificateServer },
      });
      const session = await lab.connect({ credentials: certificateClient, timeoutMs: 59_000 });
      lab.link.set({ aToB: { loss: 0 }, bToA: { loss: 0 } });
      assert.equal(await echo(lab, session, "hello"), "hello", `seed ${seed}`);
    }
  });
});

const expired = labCertificate({
  subject: "CN=late",
  notBefore: "2020-01-01T00:00:00Z",
  notAfter: "2024-01-01T00:00:00Z",
});
const later = labCertificate({
  subject: "CN=early",
  notBefore: "2090-01-01T00:00:00Z",
  notAfter: "2091-01-01T00:00:00Z",
});
const trustless = { ...certificateClient.trust, anchors: [] };

describe("told before any packet", () => {
  for (const [credentials, message] of [
    [{ ...certificateClient, own: expired }, /CN=late.* expired on 2024-01-01/],
    [{ ...certificateClient, own: later }, /CN=early.* not valid before 2090-01-01/],
    [{ ...certificateClient, trust: trustless }, /no certificate authority is trusted/],
    [{ ...certificateClient, server: { host: "" } }, /no name to expect of the server/],
    [{ ...clients["raw-public-key"], trusted: [] }, /no public key of a server is trusted/],
    [{ ...clients.psk, identity: "" }, /the identity is empty/],
    [{ ...clients.psk, identity: "x".repeat(65_536) }, /too long/],
    [{ ...clients.psk, key: new Uint8Array() }, /the key is empty/],
  ] as const) {
    test(`a client's: ${message.source}`, async () => {
      const { lab } = await certified();
      await assert.rejects(lab.connect({ credentials }), { code: "dtls/configuration", message });
      assert.equal(lab.link.statistics.aToB.sent, 0);
    });
  }

  for (const [credentials, message] of [
    [{}, /nothing to check clients with/],
    [
      { certificates: { ...certificateServer.certificates, own: [expired] as const } },
      /CN=late.* expired on 2024-01-01/,
    ],
    [
      { certificates: { ...certificateServer.certificates, trust: trustless } },
      /no certificate authority is trusted/,
    ],
  ] as const) {
    test(`a server's: ${message.source}`, async () => {
      const { lab } = await certified();
      const local = { ...SERVER_ADDRESS, port: 4747 };
      const options = { local, credentials, onSession: () => {} };
      await assert.rejects(listenDtls(lab.serverHost, options), {
        code: "dtls/configuration",
        message,
      });
    });
  }
});

describe("a key log", () => {
  for (const kind of ["psk", "certificate", "raw-public-key"] as const) {
    test(`${kind}: both ends write the same line, in NSS's format; resumed ones as well`, async () => {
      const [ours, theirs]: [string[], string[]] = [[], []];
      const lab = await dtlsLab(1, {
        server: { credentials: servers[kind], keyLog: (line) => theirs.push(line) },
      });
      let hello: Uint8Array | undefined;
      lab.network.trace = ({ packet }) => (hello ??= octetsOf(packet).slice());
      await lab.connect({ credentials: clients[kind], keyLog: (line) => ours.push(line) });
      assert.ok(hello);
      const random = Buffer.from(hello.subarray(27, 59)).toString("hex");
      assert.match(ours[0] ?? "", new RegExp(`^CLIENT_RANDOM ${random} [0-9a-f]{96}$`));
      assert.equal(ours.length, 1);
      assert.deepEqual(theirs, ours);
      assert.doesNotMatch(ours[0] ?? "", /0{96}$/, "written before it is wiped");
    });
  }
});
