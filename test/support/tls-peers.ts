/** OpenSSL and GnuTLS as DTLS clients and servers, for any suite and kind of credential. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suiteByName, type CipherSuite } from "../../agent/dtls/cipher-suites.ts";
import type { DtlsSession } from "../../agent/dtls/session.ts";
import {
  CLIENT_NAME,
  type LabFiles,
  labFiles,
  type LabKey,
  LAB_KEYS,
  SERVER_NAME,
} from "./lab-credentials.ts";
import { peer, type PeerProgram } from "./peers.ts";
import { freeUdpPort, run, type Program } from "./program.ts";
import type { Owner } from "./server-process.ts";

export const PSK_IDENTITY = "branch";
export const PSK = new TextEncoder().encode("a key of the branch");
const pskHex = Buffer.from(PSK).toString("hex");

/** What one connection is to be made with. */
export interface Combination {
  /** The registered name. */
  readonly suite: string;
  readonly credential: "psk" | LabKey | "raw-public-key";
  /** The one group that the peer has; all unless told. */
  readonly group?: "x25519" | "secp256r1" | "secp384r1";
  /** The one signature scheme that the peer has; all unless told. */
  readonly signature?: keyof typeof SIGNATURES;
  /** Whether the peer's client shows a certificate of a CA that nobody knows. */
  readonly stranger?: boolean;
}

/** By the name of a scheme: OpenSSL's and GnuTLS's names. */
const SIGNATURES = {
  ecdsaSecp256r1Sha256: ["ECDSA+SHA256", "SIGN-ECDSA-SHA256"],
  ecdsaSecp384r1Sha384: ["ECDSA+SHA384", "SIGN-ECDSA-SHA384"],
  rsaPssRsaeSha256: ["rsa_pss_rsae_sha256", "SIGN-RSA-PSS-RSAE-SHA256"],
  rsaPssRsaeSha384: ["rsa_pss_rsae_sha384", "SIGN-RSA-PSS-RSAE-SHA384"],
  rsaPkcs1Sha256: ["RSA+SHA256", "SIGN-RSA-SHA256"],
  rsaPkcs1Sha384: ["RSA+SHA384", "SIGN-RSA-SHA384"],
} as const;

/** By our name of a group: OpenSSL's and GnuTLS's. */
const GROUPS = {
  x25519: ["X25519", "GROUP-X25519"],
  secp256r1: ["P-256", "GROUP-SECP256R1"],
  secp384r1: ["P-384", "GROUP-SECP384R1"],
} as const;

/** Somebody else's DTLS. */
export interface TlsPeer {
  readonly name: string;
  readonly server: PeerProgram;
  readonly client: PeerProgram;
  /** Whether the program itself says that it has a suite. */
  has(suite: string): boolean;
  /** Starts a server; gives its port. */
  serve(
    owner: Owner,
    what: Combination,
  ): Promise<{ readonly port: number; readonly program: Program }>;
  /** Has our client say something to that server, and waits for what comes back. */
  converse(session: DtlsSession, program: Program, text: string): Promise<void>;
  /** What our server is to answer to what this client says. */
  answer(data: Uint8Array): Uint8Array;
  /** Starts a client, which echoes or is echoed to by lines. */
  connect(owner: Owner, port: number, what: Combination): Program;
  /**
   * Makes two sessions one after the other, the second of which should go on with the first, and waits until `echo hello`
   * has come back in the second.
   */
  connectTwice(owner: Owner, port: number, what: Combination): Promise<void>;
}

/** Files for the programs, removed with `close`. */
export class PeerFiles {
  readonly folder = mkdtempSync(join(tmpdir(), "mayday-interop-"));
  readonly #known = new Map<string, LabFiles>();

  constructor() {
    // Made first, all of them: RSA keys take a while, and nobody's patience is to end over it.
    for (const keyType of LAB_KEYS) {
      for (const name of [SERVER_NAME, CLIENT_NAME] as const) this.of(name, keyType);
    }
  }

  of(name: typeof SERVER_NAME | typeof CLIENT_NAME, keyType: LabKey, stranger = false): LabFiles {
    const key = `${name} ${keyType} ${stranger}`;
    const files = this.#known.get(key) ?? labFiles(this.folder, name, keyType, !stranger);
    this.#known.set(key, files);
    return files;
  }

  close(): void {
    rmSync(this.folder, { recursive: true });
  }
}

/** The kind of key of a combination; a bare one is P-256. */
function keyTypeOf({ credential }: Combination): LabKey | undefined {
  if (credential === "psk") return undefined;
  return credential === "raw-public-key" ? "ec-p256" : credential;
}

function suiteOf({ suite }: Pick<Combination, "suite">): CipherSuite {
  const known = suiteByName(suite);
  if (!known) throw new Error(`${suite} is none of ours`);
  return known;
}

/** What a program prints about itself; nothing where it is not there. */
function listing(program: PeerProgram, args: readonly string[]): string {
  return program.skip === false ? execFileSync(program.path, args, { encoding: "utf8" }) : "";
}

function octetsOf(suite: string): [string, string] {
  const { id } = suiteOf({ suite });
  const hex = (octet: number): string => octet.toString(16).padStart(2, "0");
  return [hex(id >> 8), hex(id & 0xff)];
}

/** OpenSSL's `s_server` and `s_client`. */
export function opensslPeer(files: PeerFiles): TlsPeer {
  const program = peer("openssl");
  const list = listing(program, ["ciphers", "-V", "ALL:COMPLEMENTOFALL:@SECLEVEL=0"]);
  const nameOf = (suite: string): string | undefined => {
    const [high, low] = octetsOf(suite).map((octet) => octet.toUpperCase());
    return new RegExp(`0x${high},0x${low} - (\\S+)`).exec(list)?.[1];
  };
  const common = (what: Combination): string[] => [
    "-dtls1_2",
    "-cipher",
    nameOf(what.suite) ?? "none",
    ...(what.group ? ["-groups", GROUPS[what.group][0]] : []),
    ...(what.signature ? ["-sigalgs", SIGNATURES[what.signature][0]] : []),
  ];
  const own = (what: Combination, name: typeof SERVER_NAME | typeof CLIENT_NAME): string[] => {
    const keyType = keyTypeOf(what);
    if (!keyType) return ["-psk_identity", PSK_IDENTITY, "-psk", pskHex];
    const { ca, cert, key } = files.of(name, keyType, what.stranger && name === CLIENT_NAME);
    return ["-cert", cert, "-key", key, "-CAfile", ca, "-verify_return_error"];
  };
  const client = (
    owner: Owner,
    port: number,
    what: Combination,
    more: readonly string[],
  ): Program =>
    run(owner, program.path, [
      "s_client",
      "-connect",
      `127.0.0.1:${port}`,
      ...common(what),
      ...own(what, CLIENT_NAME),
      ...(what.credential === "psk" ? [] : ["-servername", SERVER_NAME]),
      ...(what.credential === "psk" ? [] : ["-verify_hostname", SERVER_NAME]),
      ...more,
    ]);
  let sessions = 0;
  return {
    name: "OpenSSL",
    server: program,
    client: program,
    has: (suite) => nameOf(suite) !== undefined,
    async serve(owner, what) {
      const port = await freeUdpPort();
      const asks = what.credential === "psk" ? ["-nocert"] : ["-Verify", "2"];
      // Without -listen, with which it serves one address and no other ever after: who resumes has another port.
      const args = ["-accept", `127.0.0.1:${port}`, ...asks, ...own(what, SERVER_NAME)];
      const started = run(owner, program.path, ["s_server", ...common(what), ...args]);
      await started.until(/ACCEPT/);
      return { port, program: started };
    },
    async converse(session, theirs, text) {
      session.send(new TextEncoder().encode(`${text}\n`));
      await theirs.until(new RegExp(text));
      theirs.write(`${text}\n`);
      assert.equal(await nextMessage(session), `${text}\n`);
    },
    answer: echo,
    connect: (owner, port, what) => client(owner, port, what, []),
    async connectTwice(owner, port, what) {
      const file = join(files.folder, `session-${(sessions += 1)}`);
      for (const way of ["-sess_out", "-sess_in"]) {
        const one = client(owner, port, what, [way, file]);
        await one.until(way === "-sess_out" ? /New, TLSv1/ : /Reused, TLSv1/);
        one.write("hello\n");
        await one.until(/echo hello/);
        one.write("Q\n");
        await one.exit();
      }
    },
  };
}

/** GnuTLS's `gnutls-serv` and `gnutls-cli`. */
export function gnutlsPeer(files: PeerFiles): TlsPeer {
  const server = peer("gnutls-serv");
  const client = peer("gnutls-cli");
  const list = listing(client, ["--list"]);
  const passwords = join(files.folder, "passwords");
  writeFileSync(passwords, `${PSK_IDENTITY}:${pskHex}\n`);
  const credentials = (
    what: Combination,
    name: typeof SERVER_NAME | typeof CLIENT_NAME,
  ): string[] => {
    const keyType = keyTypeOf(what);
    if (!keyType) return [];
    const { ca, cert, key, publicKey } = files.of(
      name,
      keyType,
      what.stranger && name === CLIENT_NAME,
    );
    return what.credential === "raw-public-key"
      ? ["--rawpkkeyfile", key, "--rawpkfile", publicKey]
      : ["--x509certfile", cert, "--x509keyfile", key, "--x509cafile", ca];
  };
  const psk = (what: Combination, args: readonly string[]): readonly string[] =>
    what.credential === "psk" ? args : [];
  const start = (
    owner: Owner,
    port: number,
    what: Combination,
    more: readonly string[],
  ): Program => {
    const args = ["--udp", "--port", String(port), "--priority", gnutlsPriority(what), ...more];
    const named = ["--sni-hostname", SERVER_NAME, "--verify-hostname", SERVER_NAME];
    return run(owner, client.path, [
      ...args,
      ...psk(what, ["--pskusername", PSK_IDENTITY, "--pskkey", pskHex]),
      ...credentials(what, CLIENT_NAME),
      ...(what.credential === "raw-public-key" ? ["--insecure"] : named),
      "127.0.0.1",
    ]);
  };
  return {
    name: "GnuTLS",
    server,
    client,
    has(suite) {
      const [high, low] = octetsOf(suite);
      return list.includes(`0x${high}, 0x${low}`);
    },
    async serve(owner, what) {
      const port = await freeUdpPort();
      const asks = what.credential === "psk" ? [] : ["--require-client-cert"];
      const checks = LAB_KEYS.some((key) => key === what.credential)
        ? ["--verify-client-cert"]
        : [];
      const started = run(owner, server.path, [
        "--udp",
        "--echo",
        "--port",
        String(port),
        "--priority",
        gnutlsPriority(what),
        ...psk(what, ["--pskpasswd", passwords]),
        ...asks,
        ...checks,
        ...credentials(what, SERVER_NAME),
      ]);
      await started.until(/port \d+\.\.\.done/);
      return { port, program: started };
    },
    async converse(session, _program, text) {
      session.send(new TextEncoder().encode(`${text}\n`));
      assert.match(await nextMessage(session), new RegExp(text));
    },
    answer: echo,
    connect: (owner, port, what) => start(owner, port, what, []),
    async connectTwice(owner, port, what) {
      const one = start(owner, port, what, ["--resume"]);
      await one.until(/This is a resumed session/);
      one.write("hello\n");
      await one.until(/echo hello/);
    },
  };
}

function echo(data: Uint8Array): Uint8Array {
  return new TextEncoder().encode(`echo ${new TextDecoder().decode(data)}`);
}

/** The next message of a session, as text. */
function nextMessage(session: DtlsSession): Promise<string> {
  return new Promise((resolve, reject) => {
    session.listen({
      message: (data) => resolve(new TextDecoder().decode(data)),
      closed: reject,
    });
  });
}

const EXCHANGES = {
  psk: "+PSK",
  ecdhe_psk: "+ECDHE-PSK",
  ecdhe_ecdsa: "+ECDHE-ECDSA",
  ecdhe_rsa: "+ECDHE-RSA",
} as const;

/** GnuTLS names an AEAD as we do, in capitals. */
function gnutlsPriority(what: Combination): string {
  const { keyExchange, aead } = suiteOf(what);
  const raw = what.credential === "raw-public-key";
  return [
    "NONE:+VERS-DTLS1.2:+AEAD:+COMP-NULL",
    what.signature ? `+${SIGNATURES[what.signature][1]}` : "+SIGN-ALL",
    // GnuTLS asks of a certificate's signature, too, that its scheme be among those.
    ...(what.signature ? ["+SIGN-ECDSA-SHA256"] : []),
    what.group ? `+${GROUPS[what.group][1]}` : "+GROUP-ALL",
    EXCHANGES[keyExchange],
    `+${aead.toUpperCase()}`,
    ...(raw ? ["+CTYPE-CLI-RAWPK", "+CTYPE-SRV-RAWPK"] : ["+CTYPE-X509"]),
  ].join(":");
}
