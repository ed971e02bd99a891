import assert from "node:assert/strict";
import { test } from "node:test";
import {
  formatError,
  formatNotification,
  formatRequest,
  formatResult,
  parseRpc,
  rpcErrorOf,
  rpcErrorOfFault,
  type RpcFault,
  type RpcMessage,
} from "../../../agent/control/rpc.ts";
import { mutate, seeded } from "../../support/seeded.ts";

const refused = rpcErrorOf("busy", "too much", "Wait.");

const MESSAGES: readonly [title: string, text: string, message: RpcMessage][] = [
  [
    "a call",
    formatRequest(1, "provider.list", {}),
    { tag: "request", id: 1, method: "provider.list", params: {} },
  ],
  [
    "a call without params",
    '{"jsonrpc":"2.0","id":"a","method":"hello"}',
    { tag: "request", id: "a", method: "hello", params: {} },
  ],
  [
    "a call whose params are a list",
    '{"jsonrpc":"2.0","id":1,"method":"hello","params":[1]}',
    { tag: "request", id: 1, method: "hello", params: [1] },
  ],
  [
    "a notification",
    formatNotification("cancel", { id: 1 }),
    { tag: "notification", method: "cancel", params: { id: 1 } },
  ],
  ["an answer", formatResult(0, [1]), { tag: "response", id: 0, result: [1] }],
  ["an answer of null", formatResult(1, null), { tag: "response", id: 1, result: null }],
  [
    "a refusal",
    formatError("a", refused),
    {
      tag: "error",
      id: "a",
      error: { code: -32_000, message: "too much", data: { reason: "busy", hint: "Wait." } },
    },
  ],
  [
    "a refusal of what could not be read",
    formatError(null, rpcErrorOf("invalid-input", "x")),
    {
      tag: "error",
      id: null,
      error: { code: -32_602, message: "x", data: { reason: "invalid-input" } },
    },
  ],
];

for (const [title, text, message] of MESSAGES) {
  test(`${title} is read`, () => assert.deepEqual(parseRpc(text), message));
}

const INVALID: readonly [text: string, fault: RpcFault, id?: number | string][] = [
  ["", "not-json"],
  ["{", "not-json"],
  ["GET / HTTP/1.1", "not-json"],
  ["[]", "batch"],
  ['[{"jsonrpc":"2.0","id":1,"method":"hello"}]', "batch"],
  ["null", "not-rpc"],
  ["1", "not-rpc"],
  ["{}", "not-rpc"],
  ['{"id":1,"method":"hello"}', "not-rpc", 1],
  ['{"jsonrpc":"1.0","id":"x","method":"hello"}', "not-rpc", "x"],
  ['{"jsonrpc":"2.0","id":1,"method":7}', "not-rpc", 1],
  ['{"jsonrpc":"2.0","id":1,"method":"hello","params":"x"}', "not-rpc", 1],
  ['{"jsonrpc":"2.0","id":1,"method":"hello","params":null}', "not-rpc", 1],
  ['{"jsonrpc":"2.0","id":null,"method":"hello"}', "not-rpc"],
  ['{"jsonrpc":"2.0","id":{},"method":"hello"}', "not-rpc"],
  ['{"jsonrpc":"2.0","id":1e999,"method":"hello"}', "not-rpc"],
  [`{"jsonrpc":"2.0","id":"${"x".repeat(129)}","method":"hello"}`, "not-rpc"],
  ['{"jsonrpc":"2.0","result":1}', "not-rpc"],
  ['{"jsonrpc":"2.0","id":1}', "not-rpc", 1],
  ['{"jsonrpc":"2.0","id":1,"error":"no"}', "not-rpc", 1],
];

for (const [text, fault, id = null] of INVALID) {
  test(`${text.slice(0, 60) || "nothing"} is no message`, () =>
    assert.deepEqual(parseRpc(text), { tag: "invalid", id, fault }));
}

test("each fault and reason has JSON-RPC's code for it", () => {
  const codes = (["not-json", "batch", "not-rpc"] as const).map(
    (fault) => rpcErrorOfFault(fault).code,
  );
  assert.deepEqual(codes, [-32_700, -32_600, -32_600]);
  assert.equal(rpcErrorOf("unknown-method", "").code, -32_601);
  assert.equal(rpcErrorOf("no-such-provider", "").code, -32_000);
});

test("damaged messages are read as something, and nothing is thrown", () => {
  const chance = seeded(1);
  const encoder = new TextEncoder();
  const decoder = new TextDecoder();
  const tags = new Set<string>();
  for (let round = 0; round < 5000; round += 1) {
    const [, text] = chance.pick(MESSAGES);
    tags.add(parseRpc(decoder.decode(mutate(encoder.encode(text), chance))).tag);
  }
  assert.deepEqual([...tags].toSorted(), [
    "error",
    "invalid",
    "notification",
    "request",
    "response",
  ]);
});
