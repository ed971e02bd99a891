import assert from "node:assert/strict";
import { test } from "node:test";
import {
  CliError,
  EXIT,
  reportError,
  stdoutFault,
  toCliError,
  usageError,
} from "../../../agent/cli/exit.ts";
import { CoapError } from "../../../agent/coap/error.ts";
import { DotsError } from "../../../agent/dots/client/dots-error.ts";
import { DtlsError } from "../../../agent/dtls/session.ts";
import { SetupError } from "../../../agent/host/setup-error.ts";
import { NetError } from "../../../agent/net/ports.ts";
import { StoreError } from "../../../agent/store/mitigation-store.ts";
import { WireError } from "../../../agent/wire/bytes.ts";

const mapped: readonly { error: Error & { code: string }; exit: number }[] = [
  { error: new NetError("net/refused", "m"), exit: 4 },
  { error: new NetError("net/unreachable", "m"), exit: 4 },
  { error: new NetError("net/address-in-use", "m"), exit: 1 },
  { error: new DtlsError("dtls/timeout", "m"), exit: 4 },
  { error: new DtlsError("dtls/refused", "m"), exit: 4 },
  { error: new DtlsError("dtls/authentication", "m"), exit: 5 },
  { error: new DtlsError("dtls/no-common-suite", "m"), exit: 5 },
  { error: new DtlsError("dtls/configuration", "m"), exit: 2 },
  { error: new CoapError("coap/timeout", "m"), exit: 4 },
  { error: new CoapError("coap/reset", "m"), exit: 3 },
  { error: new CoapError("coap/too-large", "m"), exit: 2 },
  { error: new DotsError("dots/invalid-request", "m"), exit: 2 },
  { error: new DotsError("dots/bad-answer", "m"), exit: 1 },
  { error: new StoreError("store/unavailable", "m"), exit: 1 },
  { error: new StoreError("store/write", "m"), exit: 1 },
  { error: new SetupError("config", "m"), exit: 2 },
  { error: new SetupError("control", "m"), exit: 2 },
  { error: new SetupError("data-dir", "m"), exit: 2 },
  { error: new SetupError("psk-file", "m"), exit: 2 },
  { error: new WireError("wire/malformed", "m"), exit: 1 },
];

for (const { error, exit } of mapped) {
  test(`${error.code} ends in exit ${exit}`, () => {
    const fault = toCliError(error);
    assert.equal(fault.exit, exit);
    assert.equal(fault.code, error.code);
    assert.equal(fault.message, "m");
    assert.equal(fault.cause, error);
  });
}

const strange: readonly unknown[] = [
  new Error("boom"),
  Object.assign(new Error("boom"), { code: "ENOENT" }),
  Object.assign(new Error("boom"), { code: "constructor" }),
  Object.assign(new Error("boom"), { code: 5 }),
  "boom",
  undefined,
];

for (const error of strange) {
  test(`${String(error)} is a fault of ours: exit 1`, () => {
    const fault = toCliError(error);
    assert.equal(fault.exit, EXIT.fault);
    assert.equal(fault.code, "internal");
  });
}

function reported(error: unknown, json: boolean): { exit: number; out: string; err: string } {
  let out = "";
  let err = "";
  const exit = reportError(error, json, {
    stdout: (text) => (out += text),
    stderr: (text) => (err += text),
  });
  return { exit, out, err };
}

test("with --json an error is one JSON document on stdout and nothing on stderr", () => {
  const { exit, out, err } = reported(usageError("--mid is missing", "Give it."), true);
  assert.equal(exit, 2);
  assert.deepEqual(JSON.parse(out), {
    error: { code: "usage", message: "--mid is missing", hint: "Give it." },
  });
  assert.equal(out.split("\n").length, 2);
  assert.equal(err, "");
});

test("an error without a hint has a null one", () => {
  const { out } = reported(usageError("x"), true);
  assert.deepEqual(JSON.parse(out), { error: { code: "usage", message: "x", hint: null } });
});

test("without --json an error is text on stderr, stdout stays empty", () => {
  const { exit, out, err } = reported(
    new CliError({ exit: 5, code: "c", message: "no", hint: "try" }),
    false,
  );
  assert.equal(exit, 5);
  assert.equal(out, "");
  assert.equal(err, "mayday: no\n  try\n");
});

test("what the user has to put right is told with its own hint", () => {
  const error = new SetupError("psk-file", "no key", { hint: "Make one." });
  assert.deepEqual(reported(error, false), {
    exit: 2,
    out: "",
    err: "mayday: no key\n  Make one.\n",
  });
  assert.deepEqual(JSON.parse(reported(error, true).out), {
    error: { code: "psk-file", message: "no key", hint: "Make one." },
  });
});

test("a fault nobody foresaw leaves its stack on stderr", () => {
  const { exit, err } = reported(new TypeError("boom"), true);
  assert.equal(exit, 1);
  assert.match(err, /TypeError: boom\n\s+at /);
});

test("a reader that has seen enough is no fault; any other end of stdout is one of the machine", () => {
  const error = (code: string): Error => Object.assign(new Error(`${code}: write`), { code });
  assert.equal(stdoutFault(error("EPIPE")), undefined);
  const fault = stdoutFault(error("ENOSPC"));
  assert.equal(fault?.exit, EXIT.fault);
  assert.match(fault?.message ?? "", /stdout: ENOSPC/);
});
