import { spawn } from "node:child_process";

type Environment = Readonly<Record<string, string | undefined>>;

/** A page that a program of this machine serves; nothing in it means anything to a shell. */
const LOCAL_PAGE = /^http:\/\/(127\.0\.0\.1|localhost|\[::1\]):\d{1,5}\/[\w/?=.-]*$/;

/**
 * Opens a page of this machine in the user's browser. Whether it worked cannot be known: whoever calls this shows the
 * address, too.
 * @returns whether it was tried.
 */
export function openBrowser(url: string, platform: NodeJS.Platform, env: Environment): boolean {
  const command = browserCommand(url, platform, env);
  if (command === undefined) return false;
  const [program, ...args] = command;
  const child = spawn(program, args, { stdio: "ignore", detached: true });
  child.on("error", () => {}); // there is no such program: the address is shown anyway
  child.unref();
  return true;
}

/** The program that opens `url`, and its arguments; undefined: the user does not want it, or could not see it. */
export function browserCommand(
  url: string,
  platform: NodeJS.Platform,
  env: Environment,
): readonly [string, ...string[]] | undefined {
  if (isSet(env["MAYDAY_NO_BROWSER"]) || !LOCAL_PAGE.test(url)) return undefined;
  if (isSet(env["SSH_CONNECTION"])) return undefined; // the screen is another machine's
  switch (platform) {
    case "darwin":
      return ["open", url];
    case "win32":
      return ["cmd", "/c", "start", "", url];
    default:
      return isSet(env["DISPLAY"]) || isSet(env["WAYLAND_DISPLAY"]) ? ["xdg-open", url] : undefined;
  }
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== "" && value !== "0";
}
