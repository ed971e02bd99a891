/** Runs one test file in a process of its own and gathers what happened. */
import { relative } from "node:path";
import { run } from "node:test";
import { inspect } from "node:util";
import { ROOT } from "./tree.ts";

/** A failed test: its title (with the titles around it) and everything that is known about why. */
export interface Failure {
  readonly title: string;
  readonly detail: string;
}

/** What one file did. */
export interface FileResult {
  readonly file: string;
  readonly passed: number;
  readonly failures: readonly Failure[];
  /** The reason of each skipped test. */
  readonly skipped: readonly string[];
  readonly seconds: number;
  /** What the file's process wrote, in order. */
  readonly output: string;
}

/** The part of node:test's events that is used here. */
interface TestEvent {
  readonly name: string;
  readonly nesting: number;
  readonly skip?: string | boolean;
  readonly todo?: string | boolean;
  readonly details: { readonly type?: string; readonly error?: Error };
}

const WHOLE_FILE = "(the whole file)";
const TOO_LONG: Failure = { title: WHOLE_FILE, detail: "took too long and was ended" };
const GRACE_MS = 2000;

class Gatherer {
  passed = 0;
  readonly failures: Failure[] = [];
  readonly skipped: string[] = [];
  readonly output: string[] = [];
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  /** A suite is not a test; nor is the file, which node:test reports as one when it holds none or dies. */
  take(event: TestEvent, ok: boolean): void {
    if (event.skip !== undefined && event.skip !== false) {
      this.skipped.push(event.skip === true ? "no reason given" : event.skip);
    } else if (!ok) {
      this.#fail(event);
    } else if (event.details.type !== "suite" && event.name !== this.#path) {
      this.passed += 1;
    }
  }

  #fail(event: TestEvent): void {
    const error: unknown = event.details.error;
    const kind = failureType(error);
    if (kind === "subtestsFailed") return; // its parts have been counted
    const title = event.name === this.#path ? WHOLE_FILE : event.name;
    this.failures.push(kind === "testAborted" ? TOO_LONG : { title, detail: describe(error) });
  }
}

function failureType(error: unknown): unknown {
  return error instanceof Error && "failureType" in error ? error.failureType : undefined;
}

function describe(error: unknown): string {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  return typeof cause === "string" ? cause : inspect(cause, { depth: 6, breakLength: 100 });
}

/** Runs the test file at `path` (absolute); it is ended, and fails, after `timeoutMs`. Never rejects. */
export async function runTestFile(path: string, timeoutMs: number): Promise<FileResult> {
  const started = performance.now();
  const gatherer = new Gatherer(path);
  const { failures, skipped } = gatherer;
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), timeoutMs);
  await new Promise<void>((resolve) => {
    const stream = run({ files: [path], signal: abort.signal });
    stream.on("test:pass", (event: TestEvent) => gatherer.take(event, true));
    stream.on("test:fail", (event: TestEvent) => gatherer.take(event, false));
    stream.on("test:stdout", (event) => gatherer.output.push(event.message));
    stream.on("test:stderr", (event) => gatherer.output.push(event.message));
    stream.on("end", resolve);
    stream.resume();
    // A program that the test left behind can hold the file's output open after its end.
    abort.signal.addEventListener("abort", () => setTimeout(resolve, GRACE_MS).unref());
  });
  clearTimeout(timer);
  if (abort.signal.aborted && failures.length === 0) failures.push(TOO_LONG);
  const { passed, output } = gatherer;
  if (passed + failures.length + skipped.length === 0) {
    failures.push({ title: WHOLE_FILE, detail: "holds no test" });
  }
  const seconds = (performance.now() - started) / 1000;
  const file = relative(ROOT, path);
  return { file, passed, failures, skipped, seconds, output: output.join("") };
}
