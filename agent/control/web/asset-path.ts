/** The page itself. */
export const INDEX = "index.html";

const SEGMENT = /^[\w-](?:[\w.-]*[\w-])?$/; // not ".", "..", hidden names; no ":" or "~" of Windows
const MAX_PATH = 256;
const HASHED = /^assets\/.*-[\w-]{8,}\.\w+$/;

/**
 * The file that a request's path asks for, relative to the built interface and with `/` between its parts; undefined:
 * it cannot be one of it. Names that the build makes need no escape, so a path that has one (or `..`, a backslash, an
 * octet zero) is refused without being decoded.
 */
export function assetPath(path: string): string | undefined {
  if (path === "/") return INDEX;
  if (!path.startsWith("/") || path.length > MAX_PATH) return undefined;
  const name = path.slice(1);
  return name.split("/").every((segment) => SEGMENT.test(segment)) ? name : undefined;
}

/** Whether the build put a hash of the content into the file's name: it never changes. */
export function isHashed(name: string): boolean {
  return HASHED.test(name);
}
