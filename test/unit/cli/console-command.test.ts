import assert from "node:assert/strict";
import { test } from "node:test";
import { browserCommand } from "../../../agent/cli/browser.ts";
import { consoleCommand } from "../../../agent/cli/console-command.ts";
import { controlLab } from "./control-lab.ts";

const LINK = "http://127.0.0.1:1/login?token=double";

test("console opens the link, and prints it for whom that does not help", async (t) => {
  const lab = await controlLab(t, { browser: true });
  const { exit, out, err } = await lab.run(consoleCommand, "console");
  assert.deepEqual([exit, out, lab.opened], [0, `${LINK}\n`, [LINK]]);
  assert.equal(err, "Your browser is opening it. It works once, until 12:00.\n");
});

test("where no browser could be seen it only prints", async (t) => {
  const lab = await controlLab(t);
  const { exit, out, err } = await lab.run(consoleCommand, "console");
  assert.deepEqual([exit, out], [0, `${LINK}\n`]);
  assert.match(err, /^Open it in a browser on this machine\./);
});

for (const flag of ["--print", "--json"]) {
  test(`console ${flag} opens nothing`, async (t) => {
    const lab = await controlLab(t, { browser: true });
    const { exit, out } = await lab.run(consoleCommand, "console", flag);
    assert.deepEqual([exit, lab.opened], [0, []]);
    assert.equal(flag === "--json" ? (JSON.parse(out) as { url: string }).url : out.trim(), LINK);
  });
}

test("an agent without a console: exit 2, and what to do", async (t) => {
  const lab = await controlLab(t);
  lab.double.refuse("console.link", "console-off");
  const { exit, err } = await lab.run(consoleCommand, "console");
  assert.equal(exit, 2);
  assert.match(err, /--no-console/);
});

interface Screen {
  readonly platform: NodeJS.Platform;
  readonly env: Record<string, string>;
  readonly url?: string;
  readonly opens: readonly string[] | undefined;
}

const screens: readonly Screen[] = [
  { platform: "linux", env: { DISPLAY: ":0" }, opens: ["xdg-open", LINK] },
  { platform: "linux", env: { WAYLAND_DISPLAY: "wayland-0" }, opens: ["xdg-open", LINK] },
  { platform: "linux", env: {}, opens: undefined },
  { platform: "linux", env: { DISPLAY: ":10", SSH_CONNECTION: "a b c d" }, opens: undefined },
  { platform: "linux", env: { DISPLAY: ":0", MAYDAY_NO_BROWSER: "1" }, opens: undefined },
  { platform: "darwin", env: {}, opens: ["open", LINK] },
  { platform: "darwin", env: { MAYDAY_NO_BROWSER: "1" }, opens: undefined },
  { platform: "win32", env: {}, opens: ["cmd", "/c", "start", "", LINK] },
  { platform: "darwin", env: {}, url: "https://example.com/", opens: undefined },
  { platform: "win32", env: {}, url: "http://127.0.0.1:1/&calc", opens: undefined },
  { platform: "darwin", env: {}, url: "file:///etc/passwd", opens: undefined },
];

for (const { platform, env, url = LINK, opens } of screens) {
  const what = opens === undefined ? "nothing" : opens[0];
  test(`${platform}, ${JSON.stringify(env)}: ${what} opens ${url.slice(0, 25)}`, () => {
    assert.deepEqual(browserCommand(url, platform, env), opens);
  });
}
