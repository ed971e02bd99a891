import { Buffer } from "node:buffer"; // the runtime takes DER in no other form
import type { ECDH, KeyObject } from "node:crypto";
import {
  createECDH,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
} from "node:crypto";
import { concatBytes } from "../../wire/bytes.ts";
import { wipe } from "./constant-time.ts";

/** secp256r1, secp384r1 or x25519, as a `NamedGroup`. [RFC 8422 §5.1.1] */
export type KeyShareGroup = 23 | 24 | 29;

/** An ephemeral key pair. The private key never leaves it. */
export interface KeyShare {
  readonly group: KeyShareGroup;
  /** As it goes on the wire: an uncompressed point, or 32 octets for x25519. [RFC 8422 §5.4] */
  readonly publicKey: Uint8Array;
  /**
   * The shared secret, leading zeros kept [RFC 8422 §5.10]; undefined when `peer` is no point of the group or
   * leads to a secret of zeros only [RFC 8422 §5.11]. Never throws.
   */
  agree(peer: Uint8Array): Uint8Array | undefined;
}

const POINT_LENGTH = { 23: 65, 24: 97, 29: 32 } as const;
const CURVE_NAME = { 23: "prime256v1", 24: "secp384r1" } as const;
const UNCOMPRESSED = 4; // [RFC 8422 §5.4.1]

// What the runtime wants around a raw key of x25519. [RFC 8410 §4] [RFC 8410 §7]
const SPKI_PREFIX = Uint8Array.from([0x30, 42, 0x30, 5, 6, 3, 0x2b, 0x65, 0x6e, 3, 33, 0]);
const PKCS8_PREFIX = Uint8Array.from([
  0x30, 46, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x6e, 4, 34, 4, 32,
]);

/** A fresh key pair. */
export function generateKeyShare(group: KeyShareGroup): KeyShare {
  if (group === 29) {
    const { privateKey, publicKey } = generateKeyPairSync("x25519");
    return x25519KeyShare(privateKey, publicKey);
  }
  const ecdh = createECDH(CURVE_NAME[group]);
  ecdh.generateKeys();
  return pointKeyShare(group, ecdh);
}

/** The pair of a given private key, for tests with published vectors only. */
export function keyShareFromPrivateKey(group: KeyShareGroup, privateKey: Uint8Array): KeyShare {
  if (group === 29) {
    const der = Buffer.from(concatBytes(PKCS8_PREFIX, privateKey));
    const key = createPrivateKey({ key: der, format: "der", type: "pkcs8" });
    return x25519KeyShare(key, createPublicKey(key));
  }
  const ecdh = createECDH(CURVE_NAME[group]);
  ecdh.setPrivateKey(privateKey);
  return pointKeyShare(group, ecdh);
}

function x25519KeyShare(privateKey: KeyObject, publicKey: KeyObject): KeyShare {
  const spki = publicKey.export({ type: "spki", format: "der" });
  return {
    group: 29,
    publicKey: Uint8Array.from(spki.subarray(SPKI_PREFIX.length)),
    agree(peer) {
      if (peer.length !== POINT_LENGTH[29]) return undefined;
      return secretOrNothing(() => {
        const key = Buffer.from(concatBytes(SPKI_PREFIX, peer));
        const peerKey = createPublicKey({ key, format: "der", type: "spki" });
        return diffieHellman({ privateKey, publicKey: peerKey });
      });
    },
  };
}

function pointKeyShare(group: 23 | 24, ecdh: ECDH): KeyShare {
  return {
    group,
    publicKey: Uint8Array.from(ecdh.getPublicKey()),
    agree(peer) {
      if (peer.length !== POINT_LENGTH[group] || peer[0] !== UNCOMPRESSED) return undefined;
      return secretOrNothing(() => ecdh.computeSecret(peer));
    },
  };
}

/** The runtime throws for a point that is not on the curve, and for some that lead to zero. */
function secretOrNothing(compute: () => Uint8Array): Uint8Array | undefined {
  try {
    const computed = compute();
    const secret = Uint8Array.from(computed);
    wipe(computed);
    return secret.some((octet) => octet !== 0) ? secret : undefined;
  } catch {
    return undefined;
  }
}
