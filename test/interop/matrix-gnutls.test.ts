/** Our DTLS in both roles with GnuTLS: every suite, full and resumed, groups and signatures, raw public keys. */
import assert from "node:assert/strict";
import {
  ALL_COMBINATIONS,
  describeMatrix,
  describeRefusals,
  GROUPS_AND_SIGNATURES,
  type Inability,
} from "../support/lab-matrix.ts";
import { gnutlsPeer, type Combination } from "../support/tls-peers.ts";

/** It crashes with its own server too: all there is to see is that its Finished was verified. */
const CRASH: Inability = {
  role: "client",
  why: "gnutls-cli 3.7.9 crashes when it prints such a session",
  of: ({ suite }) => suite.startsWith("TLS_ECDHE_PSK"),
  async check(t, peer, port, what) {
    assert.equal(await peer.connect(t, port, what).exit(), -1);
  },
};

const RAW_PUBLIC_KEYS: readonly Combination[] = [
  "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
  "TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8",
].map((suite) => ({ suite, credential: "raw-public-key" }));

describeMatrix("suites", gnutlsPeer, ALL_COMBINATIONS, [CRASH]);
describeMatrix("groups and signatures", gnutlsPeer, GROUPS_AND_SIGNATURES);
describeMatrix("raw public keys", gnutlsPeer, RAW_PUBLIC_KEYS);
describeRefusals(gnutlsPeer);
