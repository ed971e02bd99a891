import { parseLiteral } from "../../net/address.ts";
import { AlertDescription } from "../../wire/dtls/alert.ts";
import type { ExpectedServer } from "../credentials.ts";
import type { Certificate } from "./certificate.ts";
import { type CertificateFault, faultOf, someOf } from "./certificate-fault.ts";

/** The service's label in an SRV-ID. [RFC 4985 §2] [RFC 8973 §9] */
const SERVICE = "_dots-signal";

/**
 * Whether this is the certificate of the server that was sought; undefined if it is. An address is only ever found
 * among addresses, a name by DNS-ID or SRV-ID. [RFC 6125 §6]
 * @param legacy whether the common name counts where there is no name of any of these forms [RFC 6125 §6.4.4]
 */
export function checkServerName(
  certificate: Certificate,
  { host }: ExpectedServer,
  legacy: boolean,
): CertificateFault | undefined {
  const { dns, srv, ip } = certificate.names;
  const literal = parseLiteral(host.replace(/%.*$/, ""));
  if (literal) {
    return ip.includes(literal.host) ? undefined : wrongName(certificate, literal.host, legacy);
  }
  const name = asciiForm(host);
  const service = `${SERVICE}.${name}`;
  const names = legacy ? [...dns, ...commonNameOf(certificate)] : dns;
  const found = names.some((id) => covers(id, name)) || srv.includes(service);
  return name !== "" && found ? undefined : wrongName(certificate, host, legacy);
}

/** The common name as a DNS name, if it is what there is. */
function commonNameOf({ names }: Certificate): readonly string[] {
  const { dns, srv, ip, commonName } = names;
  const nameless = dns.length + srv.length + ip.length === 0;
  return nameless && commonName !== undefined ? [commonName.toLowerCase()] : [];
}

/** In lower case, A-labels, without the root's dot. [RFC 6125 §6.4.2] Empty for what is no name. */
function asciiForm(host: string): string {
  const name = host.replace(/\.$/, "").toLowerCase();
  if (/^[\w.-]+$/.test(name)) return name;
  const url = `http://${name}`; // the runtime's way to A-labels
  return /^[\p{L}\p{M}\p{N}_.-]+$/u.test(name) && URL.canParse(url) ? new URL(url).hostname : "";
}

/** Whether a DNS-ID, both in lower case, is for a name: a wildcard is the whole left-most label, stands for one label, and never for all names under one. [RFC 6125 §6.4.3] */
export function covers(id: string, name: string): boolean {
  if (!id.includes("*")) return id === name;
  const suffix = id.slice(1);
  if (!/^\*(\.[^.*]+){2,}$/.test(id) || !name.endsWith(suffix)) return false;
  const label = name.slice(0, -suffix.length);
  return label !== "" && !label.includes(".");
}

function wrongName(certificate: Certificate, sought: string, legacy: boolean): CertificateFault {
  const { dns, srv, ip, commonName } = certificate.names;
  const all = [...dns, ...srv, ...ip];
  const what = `is not for ${sought} but for ${all.length > 0 ? someOf(all) : "no name at all"}`;
  const hint =
    all.length === 0 && commonName !== undefined && !legacy
      ? ", since a common name alone is no server's name"
      : "";
  return faultOf(AlertDescription.badCertificate, certificate, `${what}${hint}`);
}
