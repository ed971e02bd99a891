import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { concatBytes } from "../../../agent/wire/bytes.ts";
import { HandshakeType } from "../../../agent/wire/dtls/handshake.ts";
import { changing, clientContext, converse, effect, serverContext } from "./server-lab.ts";

const KEY = new TextEncoder().encode("the key");
const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Whom the server asks its owner for, when a client says these octets. */
function asked(identity: Uint8Array): string[] {
  const names: string[] = [];
  const pskOf = (name: string): Uint8Array => {
    names.push(name);
    return KEY;
  };
  const client = clientContext({ type: "psk", identity: "branch", key: KEY });
  const change = changing(HandshakeType.clientKeyExchange, (message) => {
    const rest = message.body.subarray(2 + "branch".length);
    const body = concatBytes(Uint8Array.of(0, identity.length), identity, rest);
    return [{ ...message, body }];
  });
  converse(client, serverContext({ pskOf }), change);
  return names;
}

describe("the identity that a client says [RFC 4279 §5.1]", () => {
  for (const [what, octets, names] of [
    ["is taken as it is", encode("branch é"), ["branch é"]],
    ["keeps a byte order mark: that is another one", encode("\uFEFFbranch"), ["\uFEFFbranch"]],
    ["that is no UTF-8 is nobody's", Uint8Array.of(0x62, 0xff), []],
    ["that ends within a character is nobody's", Uint8Array.of(0x62, 0xc3), []],
  ] as const) {
    test(what, () => {
      assert.deepEqual(asked(octets), names);
    });
  }

  test("with an empty key is unknown, or everybody could be it", () => {
    const none = new Uint8Array();
    const client = clientContext({ type: "psk", identity: "branch", key: none });
    const { server } = converse(client, serverContext({ pskOf: () => none }));
    assert.equal(effect(server, "fail").code, "dtls/authentication");
  });
});
