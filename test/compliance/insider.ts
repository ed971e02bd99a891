/** Somebody who has a session's key log, and can say in it whatever he likes. */
import assert from "node:assert/strict";
import { suiteById } from "../../agent/dtls/cipher-suites.ts";
import type { ConnectionIds } from "../../agent/dtls/handshake.ts";
import { epochKeys } from "../../agent/dtls/key-schedule.ts";
import { RecordLayer } from "../../agent/dtls/record-layer.ts";
import { usageLimitsOf } from "../../agent/dtls/usage-limits.ts";
import { HandshakeType } from "../../agent/wire/dtls/handshake.ts";
import { ContentType } from "../../agent/wire/dtls/record.ts";
import { decodeServerHello } from "../../agent/wire/dtls/server-hello.ts";
import { bodyOf, recordsFrom, type Sent } from "./wire-view.ts";

/** More numbers than the true end has used by then, fewer than any window. */
const AHEAD = 16;

/**
 * A record layer in place of one end's: what it seals goes to the other end, what that one seals it opens. Its own
 * numbers are ahead of the true one's.
 *
 * @param keyLog one line, as an end gave it
 * @param connectionIds as this end has them
 */
export function inPlaceOf(
  end: "client" | "server",
  keyLog: string,
  seen: readonly Sent[],
  connectionIds?: ConnectionIds,
): RecordLayer {
  const [, random = "", master = ""] = keyLog.split(" ");
  const body = bodyOf(recordsFrom(seen, "server"), HandshakeType.serverHello);
  assert.ok(body, "no ServerHello was seen");
  const hello = decodeServerHello(body);
  const suite = suiteById(hello.cipherSuite);
  assert.ok(suite);
  const clientRandom = Buffer.from(random, "hex");
  const randoms = { clientRandom, serverRandom: hello.random };
  const { client, server } = epochKeys(Buffer.from(master, "hex"), { suite, ...randoms });
  const layer = new RecordLayer(0);
  layer.install({
    ...(end === "client" ? { read: server, write: client } : { read: client, write: server }),
    explicitNonce: suite.recordIvLength,
    connectionIds,
    limits: usageLimitsOf(suite.aead),
  });
  for (let i = 0; i < AHEAD; i += 1) layer.seal(ContentType.applicationData, 1, new Uint8Array());
  return layer;
}
