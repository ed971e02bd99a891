import type { ServerPlace } from "./server-text.ts";

/** A practice provider that runs. */
export interface RunningPractice {
  readonly server: ServerPlace;
  readonly identity: string;
  readonly key: Uint8Array;
  /** What help may be asked for. */
  readonly prefixes: readonly string[];
}

/** Runs the practice provider inside the agent. */
export interface PracticeHost {
  /**
   * Starts it, at `port` if that is free; when it runs already, says what runs.
   * @throws {Error} it cannot be started.
   */
  start(port: number | undefined): Promise<RunningPractice>;
  /** Ends it. Its files stay. Idempotent. */
  close(): Promise<void>;
}
