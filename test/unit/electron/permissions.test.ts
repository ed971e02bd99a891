import assert from "node:assert/strict";
import { test } from "node:test";
import { refusePermissions } from "../../../electron/main/permissions.ts";
import { claimInstance } from "../../../electron/main/single-instance.ts";

test("every permission, device and download is refused", () => {
  const decided: boolean[] = [];
  let prevented = 0;
  refusePermissions({
    setPermissionRequestHandler: (handler) => {
      for (const permission of ["media", "geolocation", "notifications", "openExternal", "hid"]) {
        handler({}, permission, (granted) => decided.push(granted));
      }
    },
    setPermissionCheckHandler: (handler) => decided.push(handler()),
    setDevicePermissionHandler: (handler) => decided.push(handler()),
    on: (_event, listener) => listener({ preventDefault: () => (prevented += 1) }),
  });
  assert.deepEqual(
    decided,
    Array.from({ length: 7 }, () => false),
  );
  assert.equal(prevented, 1);
});

test("the first instance hears of a second one, which ends", () => {
  let second: () => void = () => {};
  let opened = 0;
  const app = (isFirst: boolean) => ({
    requestSingleInstanceLock: () => isFirst,
    on: (_event: "second-instance", listener: () => void) => (second = listener),
  });
  assert.equal(
    claimInstance(app(true), () => (opened += 1)),
    true,
  );
  second();
  assert.equal(opened, 1);
  assert.equal(
    claimInstance(app(false), () => assert.fail("it is not the first")),
    false,
  );
});
