import { SetupError } from "../host/setup-error.ts";

/** Where a configuration file is, and when it is read: wall-clock time in milliseconds since the Unix epoch. */
export interface Place {
  readonly folder: string;
  readonly atMs: number;
}

/** What was found in a configuration file, each with its path in the file: all of it is told at once. */
export class Findings {
  /** With one of these a server cannot run. */
  readonly faults: string[] = [];
  readonly warnings: string[] = [];

  /** What `act` makes of the file that the configuration names at `path`; its fault is noted, and nothing returned. */
  trying<T>(path: string, act: () => T): T | undefined {
    try {
      return act();
    } catch (error) {
      if (!(error instanceof SetupError)) throw error;
      this.faults.push(`${path}: ${error.message}`);
      return undefined;
    }
  }

  warn(path: string, warnings: readonly string[]): void {
    this.warnings.push(...warnings.map((warning) => `${path}: ${warning}`));
  }
}
