import { concatBytes } from "../wire/bytes.ts";
import type { CipherSuite } from "./cipher-suites.ts";
import { createAead, type Aead } from "./crypto/aead.ts";
import { wipe } from "./crypto/constant-time.ts";
import { hash, prf } from "./crypto/prf.ts";

/** Octets of a master secret and of verify_data. [RFC 5246 §8.1, §7.4.9] */
const MASTER_SECRET = 48;
const VERIFY_DATA = 12;

/** The two directions of an epoch's protection, named by who writes. */
export interface EpochKeys {
  readonly client: DirectionKeys;
  readonly server: DirectionKeys;
}

/** What protects one direction. */
export interface DirectionKeys {
  readonly aead: Aead;
  /** The implicit part of the nonce: 4 octets (GCM, CCM) or 12 (ChaCha20). */
  readonly fixedIv: Uint8Array;
}

/**
 * The premaster secret of PSK [RFC 4279 §2] or, with a Diffie-Hellman result, of ECDHE_PSK
 * [RFC 5489 §2]. The caller wipes it.
 */
export function pskPremaster(key: Uint8Array, agreed: Uint8Array | undefined): Uint8Array {
  const other = agreed ?? new Uint8Array(key.length);
  // Into place at once: a writer's buffers would stay behind, with the key in them.
  const premaster = new Uint8Array(4 + other.length + key.length);
  let at = 0;
  for (const part of [other, key]) {
    premaster.set([part.length >> 8, part.length], at);
    premaster.set(part, at + 2);
    at += 2 + part.length;
  }
  return premaster;
}

/** What the master secret is bound to. */
export interface SecretContext {
  readonly suite: CipherSuite;
  readonly clientRandom: Uint8Array;
  readonly serverRandom: Uint8Array;
  /** The handshake messages so far, when extended_master_secret was agreed. [RFC 7627 §4] */
  readonly session: readonly Uint8Array[] | undefined;
}

/** The master secret, 48 octets; wipes the premaster. [RFC 5246 §8.1] [RFC 7627 §4] */
export function masterSecret(premaster: Uint8Array, context: SecretContext): Uint8Array {
  const name = context.suite.hash;
  const master = context.session
    ? prf(name, premaster, "extended master secret", hash(name, ...context.session), MASTER_SECRET)
    : prf(
        name,
        premaster,
        "master secret",
        concatBytes(context.clientRandom, context.serverRandom),
        MASTER_SECRET,
      );
  wipe(premaster);
  return master;
}

/** The keys of the epoch that a master secret begins. AEAD suites have no MAC keys. [RFC 5246 §6.3] */
export function epochKeys(
  master: Uint8Array,
  context: Pick<SecretContext, "suite" | "clientRandom" | "serverRandom">,
): EpochKeys {
  const { keyLength, fixedIvLength, aead, hash: name } = context.suite;
  const seed = concatBytes(context.serverRandom, context.clientRandom);
  const block = prf(name, master, "key expansion", seed, 2 * (keyLength + fixedIvLength));
  const ivs = 2 * keyLength;
  // The key is a view on the block, of which the AEAD keeps a copy: nothing else of it outlives the block.
  const direction = (index: 0 | 1): DirectionKeys => ({
    aead: createAead(aead, block.subarray(index * keyLength, (index + 1) * keyLength)),
    fixedIv: block.slice(ivs + index * fixedIvLength, ivs + (index + 1) * fixedIvLength),
  });
  const keys = { client: direction(0), server: direction(1) };
  wipe(block);
  return keys;
}

/** The verify_data of a Finished message over the transcript so far. [RFC 5246 §7.4.9] */
export function verifyData(
  suite: CipherSuite,
  master: Uint8Array,
  sender: "client" | "server",
  transcript: readonly Uint8Array[],
): Uint8Array {
  const digest = hash(suite.hash, ...transcript);
  return prf(suite.hash, master, `${sender} finished`, digest, VERIFY_DATA);
}
