/** Our DTLS in both roles with libcoap, both builds: every suite, full and resumed. */
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
};

for (const build of ["openssl", "gnutls"] as const) {
  const peerOf = libcoapPeer(build);
  describeMatrix("suites", peerOf, ALL_COMBINATIONS, [NO_SECOND_SESSION]);
  describeRefusals(peerOf);
}
