import { randomBytes } from "node:crypto";
import { lstatSync, type Stats } from "node:fs";
import { connect } from "node:net";
import { basename, dirname, join } from "node:path";
import process from "node:process";
import { codeOf } from "./system-error.ts";

/** What fits a socket's address without the zero at its end: 108 octets in Linux, 104 in the BSDs and macOS. */
export const MAX_PATH_OCTETS = process.platform === "linux" ? 107 : 103;

/** Windows has named pipes in the place of sockets: no file, no mode, and the system refuses a second listener. */
export function isPipe(path: string): boolean {
  return process.platform === "win32" && /^[\\/]{2}[.?][\\/]pipe[\\/]/.test(path);
}

/** By how many octets a path is too long to be listened at or connected to; 0: it fits. */
export function excessOctets(path: string): number {
  return isPipe(path) ? 0 : Math.max(0, Buffer.byteLength(path) - MAX_PATH_OCTETS);
}

/** What is at `path` itself; undefined: nothing. @throws {Error} the system's. */
export function found(path: string): Stats | undefined {
  return lstatSync(path, { throwIfNoEntry: false });
}

/** A name beside `path` that nobody else uses, and that fits wherever `path` fits. */
export function nameBeside(path: string): string {
  const length = Math.max(
    1,
    Math.min(12, MAX_PATH_OCTETS - Buffer.byteLength(join(dirname(path), "."))),
  );
  const name = randomBytes(8).toString("hex").slice(0, length);
  return join(dirname(path), name === basename(path) ? `${name.slice(0, -1)}_` : name);
}

/** Whether somebody listens at a socket. A listener that has too much to do to answer is one. */
export function isAnswered(path: string, timeoutMs: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const socket = connect({ path });
    const end = (settle: () => void): void => {
      clearTimeout(timer);
      socket.destroy();
      settle();
    };
    const timer = setTimeout(() => end(() => resolve(true)), timeoutMs);
    socket.once("connect", () => end(() => resolve(true)));
    socket.once("error", (error) => {
      switch (codeOf(error)) {
        case "ECONNREFUSED":
        case "ENOENT":
          end(() => resolve(false));
          break;
        case "EAGAIN": // its queue is full
          end(() => resolve(true));
          break;
        default:
          end(() => reject(error));
          break;
      }
    });
  });
}
