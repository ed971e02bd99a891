import assert from "node:assert/strict";
import { test } from "node:test";
import { ControlError } from "../../../agent/control/control-error.ts";
import { parseServer, serverText } from "../../../agent/daemon/server-text.ts";

const GOOD: readonly (readonly [string, string])[] = [
  ["dots.example.net", "coaps://dots.example.net:4646"],
  [" DOTS.Example.net. ", "coaps://dots.example.net:4646"],
  ["dots.example.net:5000", "coaps://dots.example.net:5000"],
  ["coaps://dots.example.net", "coaps://dots.example.net:4646"],
  ["COAPS://dots.example.net:4646/", "coaps://dots.example.net:4646"],
  ["192.168.1.1", "coaps://192.168.1.1:4646"], // a laboratory's
  ["127.0.0.1:4647", "coaps://127.0.0.1:4647"],
  ["[2001:DB8::1]", "coaps://[2001:db8::1]:4646"],
  ["coaps://[::1]:1", "coaps://[::1]:1"],
];

for (const [text, server] of GOOD) {
  test(`"${text}" is ${server}`, () => assert.equal(serverText(parseServer(text)), server));
}

const BAD: readonly (readonly [string, RegExp])[] = [
  ["https://dots.example.net", /does not begin with https:\/\//],
  ["coaps+tcp://dots.example.net", /UDP only/],
  ["dots.example.net:", /port after ":" is missing/],
  ["dots.example.net:99999", /not a port/],
  ["dots.example.net:0", /port 0/],
  ["coaps://", /host is missing/],
  ["coaps://user@dots.example.net", /not a host name/],
  ["coaps://dots.example.net/path", /not a/],
  ["2001:db8::1", /brackets/],
  ["1.2.3", /not an IPv4 address/],
  ["two words", /not a host name/],
];

for (const [text, words] of BAD) {
  test(`"${text}" is no server`, () => {
    assert.throws(
      () => parseServer(text),
      (error) =>
        error instanceof ControlError &&
        error.reason === "bad-server" &&
        words.test(error.message) &&
        error.hint !== undefined,
    );
  });
}
