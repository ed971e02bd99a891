import assert from "node:assert/strict";
import { test } from "node:test";
import { DEFAULT_PARAMETERS, maxDatagramOf } from "../../../agent/dtls/parameters.ts";

test("a datagram fits its path MTU with the headers of UDP and IP [RFC 9132 §7.3]", () => {
  assert.equal(maxDatagramOf(576, 4), 548);
  assert.equal(maxDatagramOf(1280, 6), 1232);
  assert.equal(DEFAULT_PARAMETERS.maxDatagram, 1232);
});
