/**
 * Programs of other people that the suites talk to. On Debian and Ubuntu as root, what is missing is
 * installed before the tests; elsewhere it is named, and the tests that need it are skipped with the reason.
 */
import { spawnSync } from "node:child_process";
import { accessSync, constants, existsSync } from "node:fs";
import { delimiter, join } from "node:path";

/** One Debian package, the programs that prove it is there, and the test folders that need it. */
export interface Peer {
  readonly debian: string;
  readonly programs: readonly string[];
  readonly suites: readonly string[];
}

/** All peers. */
export const PEERS: readonly Peer[] = [
  {
    debian: "libcoap3-bin",
    programs: [
      "coap-client-openssl",
      "coap-client-gnutls",
      "coap-server-openssl",
      "coap-server-gnutls",
    ],
    suites: ["interop", "bench", "lab"],
  },
  { debian: "openssl", programs: ["openssl"], suites: ["interop", "compat"] },
  { debian: "gnutls-bin", programs: ["gnutls-cli", "gnutls-serv"], suites: ["interop", "compat"] },
  { debian: "iproute2", programs: ["ip", "tc"], suites: ["lab"] },
  { debian: "chromium", programs: ["chromium"], suites: ["e2e"] },
  { debian: "nftables", programs: ["nft"], suites: ["lab"] },
];

/** Names the missing programs to the suites: a JSON object from program to the reason. */
export const MISSING_PEERS = "MAYDAY_MISSING_PEERS";

/** Where `program` is, or undefined. The folders of system programs count although users' paths lack them. */
export function whereIs(program: string): string | undefined {
  const folders = [...(process.env["PATH"] ?? "").split(delimiter), "/usr/sbin", "/sbin"];
  return folders.map((folder) => join(folder, program)).find(isProgram);
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false; // not there, or not for us: the same to a suite
  }
}

/** The peers that the suites in `folders` (of test/) need and that are not there. */
export function missingPeers(folders: readonly string[]): Peer[] {
  return PEERS.filter((peer) => peer.suites.some((suite) => folders.includes(suite))).filter(
    (peer) => peer.programs.some((program) => whereIs(program) === undefined),
  );
}

/**
 * Installs what `folders` need where that can be done, and says so on stdout.
 * Returns why each program that is still missing is missing.
 */
export function providePeers(folders: readonly string[]): Record<string, string> {
  const wanted = missingPeers(folders);
  if (wanted.length === 0) return {};
  const obstacle = cannotInstall();
  if (obstacle === undefined) aptGet("update"); // when this fails, what is cached may still do
  const reasons: Record<string, string> = {};
  for (const { debian, programs } of wanted) {
    const fault = obstacle ?? install(debian);
    for (const program of programs.filter((name) => whereIs(name) === undefined)) {
      const why = fault ?? "its package holds no such program";
      reasons[program] = `needs ${program} (Debian package ${debian}): ${why}`;
    }
  }
  for (const reason of Object.values(reasons)) console.log(`missing  ${reason}`);
  return reasons;
}

function cannotInstall(): string | undefined {
  if (!existsSync("/etc/debian_version") || whereIs("apt-get") === undefined) {
    return "not installed, and this system is neither Debian nor Ubuntu";
  }
  return process.getuid?.() === 0 ? undefined : "not installed, and only root can install it";
}

/** Installs one package; what went wrong, or undefined. */
function install(name: string): string | undefined {
  console.log(`installing ${name}`);
  const fault = aptGet("install", "--yes", "--no-install-recommends", name);
  return fault === undefined ? undefined : `apt-get could not install it (${fault})`;
}

function aptGet(...args: readonly string[]): string | undefined {
  const result = spawnSync("apt-get", ["-qq", ...args], {
    encoding: "utf8",
    env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
    stdio: ["ignore", "pipe", "pipe"],
    timeout: 180_000,
  });
  if (result.status === 0) return undefined;
  return result.stderr.trim().split("\n").at(-1) ?? `exit ${String(result.status)}`;
}
