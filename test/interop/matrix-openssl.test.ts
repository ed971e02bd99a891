/** Our DTLS in both roles with OpenSSL: every suite, full and resumed, groups and signatures. */
import {
  ALL_COMBINATIONS,
  describeMatrix,
  describeRefusals,
  GROUPS_AND_SIGNATURES,
} from "../support/lab-matrix.ts";
import { opensslPeer } from "../support/tls-peers.ts";

describeMatrix("suites", opensslPeer, ALL_COMBINATIONS);
describeMatrix("groups and signatures", opensslPeer, GROUPS_AND_SIGNATURES);
describeRefusals(opensslPeer);
