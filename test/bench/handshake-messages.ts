/** What the benchmark `handshake` and its server say to each other. */
import type { LabFiles } from "../support/lab-credentials.ts";

/** What the benchmark's clients prove themselves with. */
export const IDENTITY = "branch";
export const KEY = "a key for the benchmark";

/** The first message to it: the files of its certificate. */
export interface Begin {
  readonly files: LabFiles;
}

/** Its answer to that one, once it listens. */
export interface Ready {
  readonly port: number;
}

/** Its answer to any other: processor time of this process so far, in microseconds. */
export interface Taken {
  readonly cpuUs: number;
}
