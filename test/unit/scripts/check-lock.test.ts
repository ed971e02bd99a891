import assert from "node:assert/strict";
import { test } from "node:test";
import { checkLock, missingEntries } from "../../../scripts/check-lock.ts";

const entry = { version: "1.0.0", integrity: "sha512-x" };

test("names an optional package that has no entry", () => {
  const packages = {
    "": { version: "0" },
    "node_modules/a": { ...entry, optionalDependencies: { "a-linux-x64": "1.0.0" } },
  };
  assert.match(checkLock({ packages }).join(), /^node_modules\/a-linux-x64: not in the lock/);
  const whole = { ...packages, "node_modules/a-linux-x64": entry };
  assert.deepEqual(checkLock({ packages: whole }), []);
});

test("names an entry without a hash, and one that names a registry", () => {
  assert.match(checkLock({ packages: { "node_modules/a": { version: "1" } } }).join(), /no hash/);
  const resolved = { ...entry, resolved: "somewhere" };
  assert.match(checkLock({ packages: { "node_modules/a": resolved } }).join(), /names a registry/);
});

const platforms: readonly [name: string, platform: object][] = [
  ["@o/b-darwin-arm64", { os: ["darwin"], cpu: ["arm64"] }],
  ["@o/b-linux-x64-musl", { os: ["linux"], cpu: ["x64"], libc: ["musl"] }],
  ["@o/b-linux-arm-gnueabihf", { os: ["linux"], cpu: ["arm"], libc: ["glibc"] }],
  ["@o/b-win32-ia32-msvc", { os: ["win32"], cpu: ["ia32"] }],
  ["n-darwin-universal", { os: ["darwin"] }],
];

for (const [name, platform] of platforms) {
  test(`reads the platform from ${name}, so that no other installs it`, () => {
    const packages = { "node_modules/o": { ...entry, optionalDependencies: { [name]: "2.0.0" } } };
    const made = missingEntries({ packages }).get(`node_modules/${name}`);
    assert.deepEqual(made, { version: "2.0.0", dev: true, optional: true, ...platform });
  });
}
