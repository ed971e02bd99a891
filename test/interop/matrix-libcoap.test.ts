/** Our DTLS in both roles with libcoap, both builds: every suite, full and resumed. */
import { after } from "node:test";
import {
  ALL_COMBINATIONS,
  describeMatrix,
  describeRefusals,
  type Inability,
} from "../support/lab-matrix.ts";
import { libcoapPeer } from "../support/lab-libcoap.ts";

const NO_SECOND_SESSION: Inability = {
  role: "client",
  why: "a run is one session, and none is kept",
  of: () => true,
  check: (t, peer, port, what) => peer.connectTwice(t, port, what),
};

/**
 * OpenSSL resumes no session of a verified client for a server that gave its sessions no context; libcoap gives none. It
 * ends the handshake with an alert, and our client begins a full one at once.
 */
const NO_CONTEXT: Inability = {
  role: "server",
  why: "OpenSSL ends it: libcoap sets no session id context",
  of: ({ credential }) => credential !== "psk",
};

const NO_DATABASE: Inability = {
  role: "server",
  why: "it keeps no session and gives no ticket",
  of: () => true,
};

after(() => console.log("\nmbedTLS: Debian packages its libraries and none of its programs"));

for (const [build, unable] of [
  ["openssl", NO_CONTEXT],
  ["gnutls", NO_DATABASE],
] as const) {
  const peerOf = libcoapPeer(build);
  describeMatrix("suites", peerOf, ALL_COMBINATIONS, [NO_SECOND_SESSION, unable]);
  describeRefusals(peerOf);
}
