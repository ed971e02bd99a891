import { readFile, realpath, stat } from "node:fs/promises";
import { join, sep } from "node:path";
import { promisify } from "node:util";
import { constants, gzip } from "node:zlib";
import { codeOf } from "./error-code.ts";
import { mediaTypeOf } from "./media-type.ts";

/** A file as it is served. */
export interface StaticFile {
  readonly type: string;
  readonly body: Uint8Array;
  /** The same, packed; undefined where that gains nothing. */
  readonly gzipped: Uint8Array | undefined;
}

interface Cached {
  readonly file: StaticFile;
  /** What tells that the file on disk is another one by now: a new build. */
  readonly version: string;
  readonly octets: number;
}

const MAX_FILE_OCTETS = 8 * 1024 * 1024; // no part of the interface comes near
const MAX_CACHED_OCTETS = 16 * 1024 * 1024;
const MIN_GZIP_OCTETS = 1024;
const pack = promisify(gzip);

/** What the system says of a path that leads to no file of ours. */
const NO_FILE = new Set(["ENOENT", "ENOTDIR", "ELOOP", "ENAMETOOLONG", "EACCES", "EISDIR"]);

/** The files of one folder, kept in memory once they were asked for. */
export class StaticFiles {
  readonly #folder: string;
  /** The one used longest ago first. */
  readonly #cache = new Map<string, Cached>();

  /** The folder need not be there yet: a build may come later. */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /**
   * A file by its path inside the folder, as `assetPath` gives it; undefined: there is none. A link that leads out of
   * the folder leads nowhere.
   * @throws {Error} the system's: the file is there but cannot be read now.
   */
  async read(name: string): Promise<StaticFile | undefined> {
    try {
      const root = await realpath(this.#folder);
      const path = await realpath(join(root, name));
      if (!path.startsWith(root + sep)) return undefined;
      const found = await stat(path);
      if (!found.isFile() || found.size > MAX_FILE_OCTETS) return undefined;
      return await this.#current(path, `${found.ino} ${found.size} ${found.mtimeMs}`);
    } catch (error) {
      if (NO_FILE.has(codeOf(error))) return undefined;
      throw error;
    }
  }

  async #current(path: string, version: string): Promise<StaticFile> {
    const cached = this.#cache.get(path);
    const fresh = cached?.version === version ? cached : await load(path, version);
    this.#cache.delete(path); // and in again, at the end
    this.#cache.set(path, fresh);
    this.#forgetOldest();
    return fresh.file;
  }

  #forgetOldest(): void {
    let octets = 0;
    for (const cached of this.#cache.values()) octets += cached.octets;
    for (const [path, cached] of this.#cache) {
      if (octets <= MAX_CACHED_OCTETS) return;
      this.#cache.delete(path);
      octets -= cached.octets;
    }
  }
}

async function load(path: string, version: string): Promise<Cached> {
  const type = mediaTypeOf(path);
  const body = await readFile(path);
  const gzipped =
    type.isText && body.length >= MIN_GZIP_OCTETS
      ? await pack(body, { level: constants.Z_BEST_COMPRESSION })
      : undefined;
  const octets = body.length + (gzipped?.length ?? 0);
  return { file: { type: type.name, body, gzipped }, version, octets };
}
