/**
 * A small internet of network namespaces: a provider, a home router that masquerades, and a LAN behind it.
 *
 *     provider 192.0.2.1 -- 192.0.2.2 router 10.0.0.1 -- 10.0.0.2 lan
 */
import { spawnSync } from "node:child_process";
import { peer } from "./peers.ts";
import { run, type Program } from "./program.ts";
import type { Owner } from "./server-process.ts";

/** A host of the small internet. */
export interface Place {
  readonly address: string;
  /** Starts a program there; it is stopped when its owner is done. */
  run(owner: Owner, path: string, args: readonly string[], env?: NodeJS.ProcessEnv): Program;
}

/** The small internet. */
export interface Internet {
  readonly provider: Place;
  readonly lan: Place;
  /** From now on the router drops so many percent of the packets at random, each way. */
  lose(percent: number): void;
  /**
   * The router forgets every mapping, and gives new ones from another range of ports: what comes for an old one is
   * refused, what a LAN's host sends comes from another port than before.
   */
  rebind(): void;
}

const COMMAND_MS = 10_000;
const PREFIX = "mayday-lab";
const PROVIDER = "192.0.2.1";
const LAN = "10.0.0.2";
const ip = peer("ip");
const nft = peer("nft");

/** Why there can be no small internet here; false where there can. */
export const noInternet: string | false = obstacle();

/** Builds one; it is torn down when its owner is done, whatever happened, and at the latest by the next one built. */
export function smallInternet(owner: Owner): Internet {
  removeOrphans();
  const unique = `${PREFIX}-${process.pid}-${(built += 1)}`;
  const names = { provider: `${unique}-p`, router: `${unique}-r`, lan: `${unique}-l` };
  const all = Object.values(names);
  const tearDown = (): void => {
    for (const name of all) spawnSync(ip.path, ["netns", "del", name], { timeout: COMMAND_MS });
  };
  process.once("exit", tearDown); // a test that threw where nobody waits has no other end
  owner.after(async () => {
    process.removeListener("exit", tearDown);
    tearDown();
  });
  for (const name of all) must(ip.path, ["netns", "add", name]);
  wire(names);
  let mappings = 0;
  const masquerade = (): void => {
    const from = 20_000 + 1_000 * (mappings++ % 40);
    inside(names.router, nft.path, ["-f", "-"], masqueradeRules(from, from + 999));
  };
  masquerade();
  return {
    provider: placeIn(names.provider, PROVIDER),
    lan: placeIn(names.lan, LAN),
    lose: (percent) => inside(names.router, nft.path, ["-f", "-"], lossRules(percent)),
    rebind: () => {
      masquerade();
      // Mappings of a masquerade go with the link that they were made for.
      must(ip.path, ["-n", names.router, "link", "set", "wan", "down"]);
      must(ip.path, ["-n", names.router, "link", "set", "wan", "up"]);
    },
  };
}

let built = 0;

function wire(names: {
  readonly provider: string;
  readonly router: string;
  readonly lan: string;
}): void {
  const links: readonly (readonly [string, string, string, string])[] = [
    [names.provider, "wan", `${PROVIDER}/24`, "192.0.2.2/24"],
    [names.lan, "lan", `${LAN}/24`, "10.0.0.1/24"],
  ];
  for (const [host, link, address, routers] of links) {
    const peerEnd = ["peer", "name", link, "netns", names.router];
    must(ip.path, ["-n", host, "link", "add", link, "type", "veth", ...peerEnd]);
    for (const [name, own] of [
      [host, address],
      [names.router, routers],
    ] as const) {
      must(ip.path, ["-n", name, "addr", "add", own, "dev", link]);
      must(ip.path, ["-n", name, "link", "set", link, "up"]);
      must(ip.path, ["-n", name, "link", "set", "lo", "up"]);
    }
  }
  must(ip.path, ["-n", names.lan, "route", "add", "default", "via", "10.0.0.1"]);
  inside(names.router, "/bin/sh", ["-c", "echo 1 > /proc/sys/net/ipv4/ip_forward"]);
}

function placeIn(name: string, address: string): Place {
  return {
    address,
    run: (owner, path, args, env) =>
      run(owner, ip.path, ["netns", "exec", name, path, ...args], env === undefined ? {} : { env }),
  };
}

/** The port is set, so a mapping of this range is known from one of another. */
function masqueradeRules(first: number, last: number): string {
  return tableRules("ip", "masquerading", [
    "type nat hook postrouting priority srcnat;",
    `oifname "wan" meta l4proto udp masquerade to :${first}-${last}`,
  ]);
}

function lossRules(percent: number): string {
  return tableRules("inet", "loss", [
    "type filter hook forward priority 0;",
    `numgen random mod 100 < ${percent} drop`,
  ]);
}

/** A table of one chain in place of the one that may be there. */
function tableRules(family: string, table: string, lines: readonly string[]): string {
  const name = `${family} ${table}`;
  return `table ${name}\ndelete table ${name}\ntable ${name} {\nchain packets {\n${lines.join("\n")}\n}\n}\n`;
}

function inside(name: string, path: string, args: readonly string[], input = ""): void {
  must(ip.path, ["netns", "exec", name, path, ...args], input);
}

function must(path: string, args: readonly string[], input = ""): void {
  const fault = faultOf(path, args, input);
  if (fault !== undefined) throw new Error(`${path} ${args.join(" ")}: ${fault}`);
}

/** What went wrong with a command, if anything did. */
function faultOf(path: string, args: readonly string[], input = ""): string | undefined {
  const { status, stderr, error } = spawnSync(path, args, {
    encoding: "utf8",
    input,
    timeout: COMMAND_MS,
  });
  if (error) return error.message;
  return status === 0 ? undefined : stderr.trim() || `exit ${status}`;
}

/** Finds out by trying: a container may have root without the right to make namespaces, or a kernel without nft. */
function obstacle(): string | false {
  if (ip.skip !== false) return ip.skip;
  if (nft.skip !== false) return nft.skip;
  if (process.getuid?.() !== 0) return "needs root, for network namespaces";
  const probe = `${PREFIX}-${process.pid}-probe`;
  const refused = faultOf(ip.path, ["netns", "add", probe]);
  if (refused !== undefined) return `needs network namespaces: ${refused}`;
  try {
    const rules = `${masqueradeRules(1, 2)}${lossRules(1)}`;
    const fault = faultOf(ip.path, ["netns", "exec", probe, nft.path, "-f", "-"], rules);
    return fault === undefined ? false : `needs nft with masquerading: ${fault}`;
  } finally {
    faultOf(ip.path, ["netns", "del", probe]);
  }
}

/** Removes what a process that was killed could not. */
function removeOrphans(): void {
  const { stdout } = spawnSync(ip.path, ["netns", "list"], {
    encoding: "utf8",
    timeout: COMMAND_MS,
  });
  for (const line of stdout.split("\n")) {
    const [name = ""] = line.split(" ");
    const pid = new RegExp(`^${PREFIX}-(\\d+)-`).exec(name)?.[1];
    if (pid !== undefined && !isAlive(Number(pid))) faultOf(ip.path, ["netns", "del", name]);
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
