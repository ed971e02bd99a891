/** The table of an interop matrix: every suite and kind of key, both roles, full and resumed, on a peer's programs. */
import assert from "node:assert/strict";
import { after, describe, test, type TestContext } from "node:test";
import { cipherSuites } from "../../agent/dtls/cipher-suites.ts";
import { connectDtls } from "../../agent/dtls/client.ts";
import type { ClientCredentials, ServerCredentials } from "../../agent/dtls/credentials.ts";
import { listenDtls, type DtlsServer } from "../../agent/dtls/server.ts";
import type { DtlsSession } from "../../agent/dtls/session.ts";
import { MemorySessionStore } from "../../agent/dtls/stored-session.ts";
import { nodeWorld } from "../../agent/net/node/world.ts";
import { table } from "../bench/figures.ts";
import {
  clientCertificateIn,
  CLIENT_NAME,
  SERVER_NAME,
  serverCertificatesIn,
} from "./lab-credentials.ts";
import type { Owner } from "./server-process.ts";
import { type Combination, PeerFiles, PSK, PSK_IDENTITY, type TlsPeer } from "./tls-peers.ts";

const world = nodeWorld();
/** How a cell begins that says why it is not "ok". */
const REASON = "– ";
const COLUMNS = ["their server", "resumed", "their client", "resumed"] as const;
const AT_ONCE = 2;
const TIMEOUT_MS = 8_000;

/** Every suite of ours with every kind of key that it takes. */
export const ALL_COMBINATIONS: readonly Combination[] = cipherSuites.flatMap(
  ({ name, keyExchange }): Combination[] => {
    if (keyExchange === "psk" || keyExchange === "ecdhe_psk") {
      return [{ suite: name, credential: "psk" }];
    }
    const keys =
      keyExchange === "ecdhe_rsa" ? (["rsa"] as const) : (["ec-p256", "ec-p384"] as const);
    return keys.map((credential) => ({ suite: name, credential }));
  },
);

/** Each group, and each signature, where the peer has no other. */
export const GROUPS_AND_SIGNATURES: readonly Combination[] = [
  ...(["x25519", "secp256r1", "secp384r1"] as const).map((group) => ({
    suite: "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
    credential: "rsa" as const,
    group,
  })),
  ...(["rsaPssRsaeSha256", "rsaPssRsaeSha384", "rsaPkcs1Sha256", "rsaPkcs1Sha384"] as const).map(
    (signature) => ({
      suite: "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
      credential: "rsa" as const,
      signature,
    }),
  ),
  ...(["ecdsaSecp256r1Sha256", "ecdsaSecp384r1Sha384"] as const).map((signature) => ({
    suite: "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
    credential: signature === "ecdsaSecp256r1Sha256" ? ("ec-p256" as const) : ("ec-p384" as const),
    signature,
  })),
];

/** Why a peer cannot resume with something, for the table. A server takes the attempt with a full handshake then. */
export type Inability = {
  readonly why: string;
  of(what: Combination): boolean;
} & (
  | { readonly role: "server" }
  | {
      readonly role: "client";
      /** Asserts that it is so, and makes one full session with our server. */
      check(t: TestContext, peer: TlsPeer, port: number, what: Combination): Promise<void>;
    }
);

type Unable<Role> = Extract<Inability, { readonly role: Role }> | undefined;

/** Runs the matrix as a suite of tests, and prints its table at the end. */
export function describeMatrix(
  title: string,
  peerOf: (files: PeerFiles) => TlsPeer,
  combinations: readonly Combination[],
  inabilities: readonly Inability[] = [],
): void {
  const files = new PeerFiles();
  const peer = peerOf(files);
  const asServer = (what: Combination): Unable<"server"> =>
    inabilities.filter((one) => one.role === "server").find((one) => one.of(what));
  const asClient = (what: Combination): Unable<"client"> =>
    inabilities.filter((one) => one.role === "client").find((one) => one.of(what));
  const rows = new Map(combinations.map((what) => [what, new Map<number, string>()]));
  after(() => files.close());
  describe(`${peer.name}: ${title}`, { concurrency: AT_ONCE }, () => {
    for (const [what, cells] of rows) {
      const name = nameOf(what);
      if (peer.server.skip === false && !peer.has(what.suite)) {
        test(`${name}: not theirs`, () => {
          assert.equal(peer.has(what.suite), false);
          for (const column of COLUMNS.keys()) cells.set(column, `${REASON}not theirs`);
        });
        continue;
      }
      test(`${name}: their server, full and resumed`, { skip: peer.server.skip }, (t) =>
        ourClient(t, peer, files, what, cells, asServer(what)),
      );
      test(`${name}: their client, full and resumed`, { skip: peer.client.skip }, (t) =>
        ourServer(t, peer, files, what, cells, asClient(what)),
      );
    }
    after(() => {
      const lines = [...rows].map(([what, cells]) => [
        nameOf(what),
        ...COLUMNS.map((_, column) => cells.get(column) ?? "FAILED"),
      ]);
      const skip = peer.server.skip !== false ? peer.server.skip : peer.client.skip;
      if (skip === false) {
        console.log(`\n${peer.name}, ${title}\n${withNotes([["", ...COLUMNS], ...lines])}`);
      }
    });
  });
}

/** Certificates of a CA that the other end does not know are refused, by them and by us. */
export function describeRefusals(peerOf: (files: PeerFiles) => TlsPeer): void {
  const files = new PeerFiles();
  const peer = peerOf(files);
  after(() => files.close());
  const what = { suite: "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", credential: "ec-p256" } as const;
  describe(`${peer.name}: certificates of an unknown CA`, () => {
    const connectTo = (port: number, credentials: ClientCredentials): Promise<DtlsSession> =>
      connectDtls(world, {
        to: { family: 4, host: "127.0.0.1", port },
        suites: [what.suite],
        credentials,
        timeoutMs: TIMEOUT_MS,
      });

    test("their server refuses ours", { skip: peer.server.skip }, async (t) => {
      const { port } = await peer.serve(t, what);
      const stranger = clientCertificateIn(files.of(CLIENT_NAME, what.credential, true));
      await assert.rejects(connectTo(port, stranger), {
        name: "DtlsError",
        code: "dtls/authentication",
      });
    });

    test("our client refuses theirs", { skip: peer.server.skip }, async (t) => {
      const { port } = await peer.serve(t, what);
      const own = files.of(CLIENT_NAME, what.credential);
      await assert.rejects(connectTo(port, clientCertificateIn(own, own.otherCa)), {
        name: "DtlsError",
        code: "dtls/authentication",
        message: /the server's certificate/,
      });
    });

    test("our server refuses theirs", { skip: peer.client.skip }, async (t) => {
      const { server, sessions, refusals } = await answeringServer(t, peer, files, what);
      const program = peer.connect(t, server.local.port, { ...what, stranger: true });
      await program.until(/alert|error/i);
      assert.deepEqual([sessions.length, refusals.length], [0, 1]);
      assert.match(refusals[0] ?? "", /CN=office\.example\.com ec-p256/);
    });
  });
}

function nameOf({ suite, credential, group, signature }: Combination): string {
  return [suite.replace(/^TLS_/, ""), credential, group, signature]
    .filter((part) => part !== undefined)
    .join(" ");
}

/** What our client proves itself with. */
function clientCredentials(files: PeerFiles, what: Combination): ClientCredentials {
  switch (what.credential) {
    case "psk":
      return { type: "psk", identity: PSK_IDENTITY, key: PSK };
    case "raw-public-key": {
      const trusted = serverCertificatesIn(files.of(SERVER_NAME, "ec-p256")).own[0].key.spki;
      const own = serverCertificatesIn(files.of(CLIENT_NAME, "ec-p256")).own[0].key;
      return { type: "raw-public-key", own, trusted: [trusted] };
    }
    default:
      return clientCertificateIn(files.of(CLIENT_NAME, what.credential));
  }
}

function serverCredentials(files: PeerFiles, what: Combination): ServerCredentials {
  switch (what.credential) {
    case "psk":
      return { pskOf: (identity) => (identity === PSK_IDENTITY ? PSK : undefined) };
    case "raw-public-key": {
      const own = serverCertificatesIn(files.of(SERVER_NAME, "ec-p256")).own[0].key;
      const { spki } = serverCertificatesIn(files.of(CLIENT_NAME, "ec-p256")).own[0].key;
      return { rawPublicKey: { own, isClient: (key) => Buffer.from(key).equals(spki) } };
    }
    default:
      return { certificates: serverCertificatesIn(files.of(SERVER_NAME, what.credential)) };
  }
}

async function ourClient(
  t: TestContext,
  peer: TlsPeer,
  files: PeerFiles,
  what: Combination,
  cells: Map<number, string>,
  unable: Unable<"server">,
): Promise<void> {
  const { port, program } = await peer.serve(t, what);
  const store = new MemorySessionStore();
  const talk = async (resumed: boolean, text: string): Promise<void> => {
    const session = await connectDtls(world, {
      to: { family: 4, host: "127.0.0.1", port },
      suites: [what.suite],
      credentials: clientCredentials(files, what),
      timeoutMs: TIMEOUT_MS,
      resumption: { store, server: "theirs" },
      ...(what.credential === "psk" ? {} : { serverName: SERVER_NAME }),
    });
    t.after(() => session.close());
    assert.equal(session.security.cipher, what.suite);
    assert.equal(session.security.resumed, resumed);
    await peer.converse(session, program, text);
    session.close();
  };
  await talk(false, "hello first");
  cells.set(0, "ok");
  await talk(unable === undefined, "hello second");
  cells.set(1, unable ? `${REASON}${unable.why}` : "ok");
}

async function ourServer(
  t: TestContext,
  peer: TlsPeer,
  files: PeerFiles,
  what: Combination,
  cells: Map<number, string>,
  unable: Unable<"client">,
): Promise<void> {
  const { server, sessions } = await answeringServer(t, peer, files, what);
  const { port } = server.local;
  if (unable) {
    await unable.check(t, peer, port, what);
  } else {
    await peer.connectTwice(t, port, what);
  }
  const [first, second] = sessions;
  assert.equal(first?.security.cipher, what.suite);
  assert.equal(first.security.resumed, false);
  cells.set(2, "ok");
  if (unable) {
    cells.set(3, `${REASON}${unable.why}`);
    return;
  }
  assert.equal(second?.security.resumed, true);
  assert.equal(second.security.cipher, what.suite);
  assert.deepEqual(second.identity, first.identity);
  cells.set(3, "ok");
}

/** Our server, which answers as the peer wants it; its sessions in their order, and whom it refused. */
async function answeringServer(
  owner: Owner,
  peer: TlsPeer,
  files: PeerFiles,
  what: Combination,
): Promise<{
  readonly server: DtlsServer;
  readonly sessions: readonly DtlsSession[];
  readonly refusals: readonly string[];
}> {
  const sessions: DtlsSession[] = [];
  const refusals: string[] = [];
  const server = await listenDtls(world, {
    local: { family: 4, host: "127.0.0.1", port: 0 },
    suites: [what.suite],
    credentials: serverCredentials(files, what),
    onSession: (session) => {
      sessions.push(session);
      session.listen({ message: (data) => session.send(peer.answer(data)), closed: () => {} });
    },
    onRefused: (_from, identity, reason) => refusals.push(`${identity}: ${reason}`),
  });
  owner.after(async () => server.close());
  return { server, sessions, refusals };
}

/** A table whose reasons stand below it, each once. */
function withNotes(rows: readonly (readonly string[])[]): string {
  const notes: string[] = [];
  const cells = rows.map((row) =>
    row.map((cell) => {
      if (!cell.startsWith(REASON)) return cell;
      const why = cell.slice(REASON.length);
      if (!notes.includes(why)) notes.push(why);
      return `${REASON}${notes.indexOf(why) + 1}`;
    }),
  );
  const below = notes.map((why, i) => `${REASON}${i + 1}: ${why}`);
  return [table(cells), ...below].join("\n");
}
