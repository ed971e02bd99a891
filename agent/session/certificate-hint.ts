/** What to do when a certificate is not believed, by what the handshake said of it. */

/** The server's alert upon ours. [RFC 5246 §7.2.2] */
const OURS: readonly (readonly [alert: string, hint: string])[] = [
  [
    "certificate_expired",
    "Its time is over, by the provider's clock: ask whoever issued it for a new one.",
  ],
  ["certificate_revoked", "The provider has withdrawn it: ask the provider for a new one."],
  [
    "unknown_ca",
    "The provider does not know who issued it. Put the certificates between yours and the CA after yours into the same file, or ask from which CA it has to come.",
  ],
  [
    "unsupported_certificate",
    "It has to be for clients (extended key usage clientAuth), with a key of P-256, P-384 or RSA from 2048 bits: ask whoever issued it.",
  ],
  [
    "access_denied",
    "It is in order, but nobody's at the provider: have the provider add the name in it to its clients.",
  ],
];

const REFUSED = /^the server refused this certificate\b/;
const OURS_ELSE = "Ask the provider what is wrong with it; its server's log says so.";
const NOT_ASKED =
  "DOTS needs both sides to prove themselves: have the provider make its server ask for a certificate, or use a key.";
const THEIRS =
  "Check the CA and the server's name that you gave against what the provider gave you, or ask the provider.";

/** The hint for a refusal with certificates, from the sentence in which it was told. */
export function certificateHint(message: string): string {
  if (message.startsWith("the server does not ask for a certificate")) return NOT_ASKED;
  if (!REFUSED.test(message)) return THEIRS;
  return OURS.find(([alert]) => message.endsWith(alert))?.[1] ?? OURS_ELSE;
}
