import assert from "node:assert/strict";
import { once } from "node:events";
import {
  chmodSync,
  constants,
  mkdirSync,
  mkdtempSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import {
  checkControlPath,
  controlPathOf,
  dataDirOf,
  dataFolder,
  makeControlFolder,
  surroundings,
} from "../../../agent/host/data-dir.ts";
import type { Surroundings } from "../../../agent/host/data-dir.ts";
import { SetupError } from "../../../agent/host/setup-error.ts";

const LAPTOP: Surroundings = {
  env: {},
  home: "/home/u",
  isRouter: false,
  platform: "linux",
  uid: 1000,
  tempDir: "/tmp",
};

const PLACES = [
  [
    "the user's own choice",
    { MAYDAY_DATA_DIR: "/x", XDG_DATA_HOME: "/y", STATE_DIRECTORY: "/z" },
    false,
    "/x",
  ],
  [
    "a service's directory",
    { STATE_DIRECTORY: "/var/lib/mayday:/other", XDG_DATA_HOME: "/y" },
    false,
    "/var/lib/mayday",
  ],
  ["a router's", { XDG_DATA_HOME: "/y" }, true, "/etc/mayday"],
  ["XDG's", { XDG_DATA_HOME: "/y" }, false, "/y/mayday"],
  ["XDG's default", {}, false, "/home/u/.local/share/mayday"],
  [
    "the default in place of a relative XDG path",
    { XDG_DATA_HOME: "y" },
    false,
    "/home/u/.local/share/mayday",
  ],
  [
    "the default when all are empty",
    { MAYDAY_DATA_DIR: "", STATE_DIRECTORY: "", XDG_DATA_HOME: "" },
    false,
    "/home/u/.local/share/mayday",
  ],
] as const;

for (const [what, env, isRouter, expected] of PLACES) {
  test(`the data directory is ${what}`, () =>
    assert.equal(dataDirOf({ ...LAPTOP, env, isRouter }), expected));
}

const RUNTIME = { RUNTIME_DIRECTORY: "/run/mayday:/run/b", XDG_RUNTIME_DIR: "/run/user/1000" };
const USUAL = "/home/u/.local/share/mayday";
const SOCKETS: readonly [
  what: string,
  change: Partial<Surroundings>,
  dir: string | undefined,
  path: string,
][] = [
  [
    "is the user's own choice",
    { env: { ...RUNTIME, MAYDAY_CONTROL: "/x/c.sock", MAYDAY_DATA_DIR: "/d" } },
    "/e",
    "/x/c.sock",
  ],
  ["is the service's", { env: RUNTIME }, undefined, "/run/mayday/control.sock"],
  [
    "is the user's",
    { env: { ...RUNTIME, RUNTIME_DIRECTORY: "" } },
    USUAL,
    "/run/user/1000/mayday/control.sock",
  ],
  ["is the router's", { isRouter: true }, undefined, "/var/run/mayday/control.sock"],
  ["is in the data directory", {}, undefined, `${USUAL}/control.sock`],
  [
    "is in the data directory if XDG's path is relative",
    { env: { XDG_RUNTIME_DIR: "run" } },
    undefined,
    `${USUAL}/control.sock`,
  ],
  [
    "is in the data directory that the environment chose",
    { env: { ...RUNTIME, MAYDAY_DATA_DIR: "/d" }, isRouter: true },
    undefined,
    "/d/control.sock",
  ],
  ["is in the data directory that a flag chose", { env: RUNTIME }, "/d", "/d/control.sock"],
  [
    "is the service's if the usual data directory is chosen by name",
    {
      env: { ...RUNTIME, STATE_DIRECTORY: "/var/lib/mayday", MAYDAY_DATA_DIR: "/var/lib/mayday" },
    },
    undefined,
    "/run/mayday/control.sock",
  ],
  [
    "on Windows is the user's own choice",
    { platform: "win32", env: { MAYDAY_CONTROL: String.raw`\\.\pipe\mine` } },
    undefined,
    String.raw`\\.\pipe\mine`,
  ],
];

for (const [what, change, dir, path] of SOCKETS) {
  test(`the control socket ${what}`, () =>
    assert.equal(controlPathOf({ ...LAPTOP, ...change }, dir), path));
}

test("on Windows each data directory has a pipe of its own, however its letters are written", () => {
  const here: Surroundings = { ...LAPTOP, platform: "win32" };
  const pipe = controlPathOf(here, String.raw`C:\Users\u\mayday`);
  assert.match(pipe, /^\\\\\.\\pipe\\mayday-[0-9a-f]{16}$/);
  assert.equal(controlPathOf(here, String.raw`c:\users\U\mayday`), pipe);
  assert.notEqual(controlPathOf(here, String.raw`C:\Users\v\mayday`), pipe);
});

/** A directory whose control socket has a path of so many octets. */
function directoryFor(octets: number): string {
  const rest = octets - "//control.sock".length;
  return `/${"ü".repeat(rest >> 1)}${rest % 2 === 0 ? "" : "x"}`;
}

const LIMITS = [
  ["linux", 107],
  ["darwin", 103],
] as const;

for (const [platform, limit] of LIMITS) {
  test(`${platform}: a path of ${limit} octets is a socket's, a longer one becomes a short one of the user's`, () => {
    const here: Surroundings = { ...LAPTOP, platform };
    const fits = directoryFor(limit);
    assert.equal(Buffer.byteLength(`${fits}/control.sock`), limit);
    assert.equal(controlPathOf(here, fits), `${fits}/control.sock`);
    const long = directoryFor(limit + 1);
    assert.equal(Buffer.byteLength(`${long}/control.sock`), limit + 1);
    const path = controlPathOf(here, long);
    assert.match(path, /^\/tmp\/mayday-1000\/[0-9a-f]{16}\.sock$/);
    assert.equal(controlPathOf({ ...here }, long), path);
    assert.notEqual(controlPathOf(here, directoryFor(limit + 2)), path);
    const chosen = { ...here, env: { MAYDAY_CONTROL: `${long}/control.sock` } };
    assert.equal(controlPathOf(chosen), path);
  });
}

const root = mkdtempSync(join(tmpdir(), "mayday-data-"));
after(() => rmSync(root, { recursive: true }));

test("a folder is made with every level above it, for its owner alone; a second time it is just there", () => {
  const folder = dataFolder(join(root, "a", "b"), "practice");
  assert.equal(folder, join(root, "a", "b", "practice"));
  assert.equal(dataFolder(join(root, "a", "b"), "practice"), folder);
  for (const level of ["a", "a/b", "a/b/practice"]) {
    assert.equal(statSync(join(root, level)).mode & 0o777, 0o700);
  }
});

for (const place of ["file", "file/below"]) {
  test(`a folder in the place of ${place} cannot be made, and is named`, () => {
    writeFileSync(join(root, "file"), "");
    assert.throws(
      () => dataFolder(root, place),
      (error) =>
        error instanceof SetupError &&
        error.code === "data-dir" &&
        error.message.startsWith(`${join(root, place)} cannot be made: `),
    );
  });
}

/** This machine, with a temp folder for this test alone. */
function machine(name: string): Surroundings {
  const tempDir = join(root, name);
  mkdirSync(tempDir);
  return { ...surroundings(), env: {}, isRouter: false, tempDir };
}

const isUnix = process.platform !== "win32";
const isControlFault = (error: unknown): boolean =>
  error instanceof SetupError &&
  error.code === "control" &&
  /MAYDAY_CONTROL/.test(error.hint ?? "");

test(
  "the longest path, and what stands for a longer one, can be listened at",
  { skip: !isUnix },
  async () => {
    const here = machine("t");
    const limit = here.platform === "linux" ? 107 : 103;
    const room = limit - Buffer.byteLength(join(root, "x", "control.sock")) + 1;
    for (const length of [room, room + 1]) {
      const path = controlPathOf(here, join(root, "x".repeat(length)));
      assert.equal(path.startsWith(here.tempDir), length > room);
      makeControlFolder(here, path);
      assert.equal(statSync(dirname(path)).mode & 0o777, 0o700);
      const server = createServer();
      server.listen(path);
      await once(server, "listening");
      const { mode } = statSync(path);
      server.close();
      await once(server, "close");
      assert.equal(mode & constants.S_IFMT, constants.S_IFSOCK);
      checkControlPath(here, path);
    }
  },
);

const STRANGE: readonly [what: string, make: (folder: string) => void][] = [
  [
    "a folder that others may enter",
    (folder) => {
      mkdirSync(folder);
      chmodSync(folder, 0o755);
    },
  ],
  ["a link to a folder", (folder) => symlinkSync(root, folder)],
  ["a file", (folder) => writeFileSync(folder, "", { mode: 0o600 })],
];

for (const [what, make] of STRANGE) {
  test(`${what} in a place open to all is trusted by neither end`, { skip: !isUnix }, () => {
    const here = machine(what);
    const path = controlPathOf(here, `/${"x".repeat(200)}`);
    checkControlPath(here, path); // nothing is there: no fault
    make(dirname(path));
    assert.throws(() => makeControlFolder(here, path), isControlFault);
    assert.throws(() => checkControlPath(here, path), isControlFault);
  });
}

test(
  "another user's folder in a place open to all is trusted by neither end",
  { skip: !isUnix },
  () => {
    const here = machine("other");
    const path = controlPathOf(here, `/${"x".repeat(200)}`);
    makeControlFolder(here, path);
    const other = { ...here, uid: (here.uid ?? 0) + 1 };
    const theirs = join(other.tempDir, `mayday-${other.uid}`, "x.sock");
    mkdirSync(dirname(theirs), { mode: 0o700 }); // made by this user, in the other's name
    assert.throws(() => makeControlFolder(other, theirs), isControlFault);
    assert.throws(() => checkControlPath(other, theirs), isControlFault);
  },
);

test(
  "a control folder that cannot be made is a fault that says what to do",
  { skip: !isUnix },
  () => {
    writeFileSync(join(root, "file"), "");
    const here = { ...surroundings(), env: { MAYDAY_CONTROL: join(root, "file", "c.sock") } };
    assert.throws(() => makeControlFolder(here, controlPathOf(here)), isControlFault);
  },
);

test("a folder that the user chose stays as it is", { skip: !isUnix }, () => {
  const folder = join(root, "chosen");
  mkdirSync(folder);
  chmodSync(folder, 0o755);
  const here = { ...surroundings(), env: { MAYDAY_CONTROL: join(folder, "c.sock") } };
  makeControlFolder(here, controlPathOf(here));
  checkControlPath(here, controlPathOf(here));
  assert.equal(statSync(folder).mode & 0o777, 0o755);
});
