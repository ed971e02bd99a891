import ipaddr from "ipaddr.js";
import type { MitigationScope, PortRange } from "../../wire/cbor/types.ts";
import { MAX_UINT32 } from "../signal/paths.ts";
import { DotsError } from "./dots-error.ts";

/**
 * The rules of [RFC 9132 §4.4.1.1] that a client can check itself: what breaks them is refused before it is
 * sent, in words for the person who asked. Whether a target is the client's own is the server's to say.
 */

/** The longest lifetime but -1: int32, as [RFC 9132 §5.3] has it. */
const MAX_LIFETIME_S = 0x7fff_ffff;

/** The attributes that name a target; one of them must be there. [RFC 9132 §4.4.1.1] */
const TARGETS = ["target-prefix", "target-fqdn", "target-uri", "alias-name"] as const;

/** Kinds of addresses that no prefix may hold, by ipaddr.js' names. [RFC 9132 §4.4.1.1] */
const FORBIDDEN: Readonly<Record<string, string>> = {
  broadcast: "the broadcast address",
  loopback: "a loopback address",
  multicast: "a multicast address",
  unspecified: "the unspecified address",
};

/**
 * Checks what a PUT is about to carry.
 * @throws {DotsError} `dots/invalid-request`; the message names the attribute and the value.
 */
export function validateScope(scope: MitigationScope): void {
  refuseEmpty(scope);
  if (!TARGETS.some((name) => scope[name] !== undefined)) {
    throw invalid(`nothing to protect: give at least one of ${TARGETS.join(", ")}`);
  }
  checkLifetime(scope.lifetime);
  scope["target-prefix"]?.forEach(checkPrefix);
  scope["target-port-range"]?.forEach(checkPorts);
  scope["target-protocol"]?.forEach(checkProtocol);
  scope["target-fqdn"]?.forEach(checkFqdn);
  scope["target-uri"]?.forEach(checkUri);
}

/**
 * Checks what names a mitigation.
 * @throws {DotsError} `dots/invalid-request`
 */
export function validateMid(mid: number): void {
  if (!isIntegerIn(mid, 0, MAX_UINT32)) throw invalid(`mid ${mid}: not 0 to ${MAX_UINT32}`);
}

/** Empty values make the whole request invalid. [RFC 9132 §4.4.1.1] */
function refuseEmpty(scope: MitigationScope): void {
  for (const [name, value] of Object.entries(scope)) {
    const values: readonly unknown[] = Array.isArray(value) ? value : [value];
    if (values.length === 0 || values.includes("")) throw invalid(`${name} is empty`);
  }
}

function checkLifetime(lifetime: number | undefined): void {
  if (lifetime === undefined) throw invalid("lifetime is missing");
  if (lifetime === -1 || isIntegerIn(lifetime, 1, MAX_LIFETIME_S)) return;
  throw invalid(`lifetime ${lifetime}: neither -1 (indefinite) nor 1 to ${MAX_LIFETIME_S} seconds`);
}

function checkPrefix(prefix: string): void {
  const [address = "", length = "", ...rest] = prefix.split("/");
  const isCidr = rest.length === 0 && /^\d{1,3}$/.test(length) && ipaddr.isValidCIDR(prefix);
  if (!isCidr || (!address.includes(":") && !ipaddr.IPv4.isValidFourPartDecimal(address))) {
    throw invalid(`target-prefix ${prefix}: not a prefix such as 203.0.113.0/28 or 2001:db8::/48`);
  }
  const forbidden = FORBIDDEN[ipaddr.parse(address).range()];
  if (forbidden !== undefined)
    throw invalid(`target-prefix ${prefix}: ${forbidden} cannot be a target`);
}

function checkProtocol(protocol: number): void {
  if (!isIntegerIn(protocol, 0, 255)) throw invalid(`target-protocol ${protocol}: not 0 to 255`);
}

function checkPorts({ "lower-port": lower, "upper-port": upper }: PortRange): void {
  const text = upper === undefined ? `${lower}` : `${lower}-${upper}`;
  if (![lower, upper ?? lower].every((port) => isIntegerIn(port, 0, 65_535))) {
    throw invalid(`target-port-range ${text}: ports are 0 to 65535`);
  }
  if (upper !== undefined && upper < lower) {
    throw invalid(`target-port-range ${text}: the lower port is above the upper one`);
  }
}

/** Letters, digits, hyphens and underscores in labels of at most 63, 253 in all. [RFC 6991 §4] */
function checkFqdn(name: string): void {
  const bare = name.endsWith(".") ? name.slice(0, -1) : name;
  const labels = bare.split(".");
  const valid =
    bare.length <= 253 && labels.every((label) => /^(?!-)[\w-]{1,63}(?<!-)$/.test(label));
  const isAddress = ipaddr.IPv4.isValidFourPartDecimal(bare);
  if (!valid || isAddress) throw invalid(`target-fqdn ${name}: not a domain name`);
}

function checkUri(uri: string): void {
  const parsed = URL.canParse(uri) ? new URL(uri) : undefined;
  if (parsed === undefined || parsed.hostname === "") {
    throw invalid(`target-uri ${uri}: not a URI with a host, such as https://www.example.com/`);
  }
}

function isIntegerIn(value: number, least: number, most: number): boolean {
  return Number.isInteger(value) && value >= least && value <= most;
}

function invalid(message: string): DotsError {
  return new DotsError("dots/invalid-request", message);
}
