/**
 * `npm test [-- PART...]`: provides the peers, runs every test file (or those whose path holds one of the
 * PARTs), each in its own process, and ends with `N passed, N failed, N skipped` alone on a line.
 */
import { join } from "node:path";
import { MISSING_PEERS, providePeers } from "./peers.ts";
import { inPool } from "./pool.ts";
import { type FileResult, runTestFile } from "./test-file.ts";
import { filesUnder, ROOT } from "./tree.ts";

/** A folder of test/ that holds test files. */
interface Suite {
  readonly folder: string;
  /** The time that one file may take. */
  readonly secondsPerFile: number;
  /** How many files run at once: one where real sockets and other people's timers are watched. */
  readonly atOnce: number;
  /** What its files write is shown even where they pass: figures and tables. */
  readonly tells?: boolean;
}

/** In the order in which they run. */
const SUITES: readonly Suite[] = [
  { folder: "unit", secondsPerFile: 60, atOnce: 2 },
  { folder: "compliance", secondsPerFile: 60, atOnce: 2, tells: true },
  { folder: "fuzz", secondsPerFile: 300, atOnce: 2, tells: true },
  { folder: "compat", secondsPerFile: 120, atOnce: 1 },
  { folder: "interop", secondsPerFile: 180, atOnce: 1, tells: true },
  { folder: "lab", secondsPerFile: 300, atOnce: 1, tells: true },
  { folder: "e2e", secondsPerFile: 600, atOnce: 1 }, // a hundred agents, one after the other
];

interface Job {
  readonly suite: Suite;
  readonly files: readonly string[];
}

/** The suites that hold a file whose path has one of `parts` in it (any file, if there are none). */
function jobsFor(parts: readonly string[]): Job[] {
  const wanted = (file: string): boolean =>
    file.endsWith(".test.ts") && (parts.length === 0 || parts.some((part) => file.includes(part)));
  return SUITES.map((suite) => ({
    suite,
    files: filesUnder(join("test", suite.folder)).filter(wanted),
  })).filter(({ files }) => files.length > 0);
}

function report(result: FileResult, done: number, all: number, tells: boolean): void {
  const { passed, failures, skipped } = result;
  const counts = [
    `${passed} passed`,
    ...(failures.length > 0 ? [`${failures.length} failed`] : []),
    ...(skipped.length > 0 ? [`${skipped.length} skipped`] : []),
  ];
  const mark = failures.length > 0 ? "FAIL" : passed === 0 ? "skip" : "ok  ";
  const place = `[${String(done).padStart(String(all).length)}/${all}]`;
  const seconds = result.seconds.toFixed(1).padStart(6);
  console.log(`${mark} ${place} ${seconds} s  ${result.file}  ${counts.join(", ")}`);
  for (const reason of new Set(skipped)) {
    const times = skipped.filter((other) => other === reason).length;
    console.log(`       skipped ${times}: ${reason}`);
  }
  const told = result.output.trim();
  if (tells && failures.length === 0 && told !== "") console.log(told.replaceAll(/^/gm, "       "));
}

function reportFailures(result: FileResult): void {
  if (result.failures.length === 0) return;
  console.log(`\n--- ${result.file}`);
  for (const { title, detail } of result.failures) {
    console.log(`\n* ${title}\n${detail.replaceAll(/^/gm, "    ")}`);
  }
  if (result.output.trim() !== "") {
    console.log(`\n  what it wrote:\n${result.output.trimEnd().replaceAll(/^/gm, "    ")}`);
  }
}

async function runAll(jobs: readonly Job[]): Promise<FileResult[]> {
  const all = jobs.reduce((sum, { files }) => sum + files.length, 0);
  const results: FileResult[] = [];
  for (const { suite, files } of jobs) {
    await inPool(suite.atOnce, files, async (file) => {
      const result = await runTestFile(join(ROOT, file), suite.secondsPerFile * 1000);
      results.push(result);
      report(result, results.length, all, suite.tells === true);
    });
  }
  return results;
}

async function main(): Promise<boolean> {
  const jobs = jobsFor(process.argv.slice(2));
  const missing = providePeers(jobs.map(({ suite }) => suite.folder));
  process.env[MISSING_PEERS] = JSON.stringify(missing);
  const results = await runAll(jobs);
  for (const result of results) reportFailures(result);
  const count = (of: (result: FileResult) => number): number =>
    results.reduce((sum, result) => sum + of(result), 0);
  const passed = count((result) => result.passed);
  const failed = count((result) => result.failures.length);
  const skipped = count((result) => result.skipped.length);
  if (passed + failed === 0) console.log("no test was executed");
  console.log(`\n${passed} passed, ${failed} failed, ${skipped} skipped`);
  return failed === 0 && passed > 0;
}

// A program that a test left behind must not keep this one.
process.exit((await main()) ? 0 : 1);
