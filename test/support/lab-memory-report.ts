/** Preloaded into a process (`--expose-gc --import`): for a number on stdin it tells on stderr, with that number, what memory is in use. */
import process from "node:process";

process.stdin.on("data", (line: Buffer) => {
  let least = Infinity;
  // One collection leaves what it has just found out to be dead.
  for (;;) {
    globalThis.gc?.();
    const { heapUsed, external } = process.memoryUsage();
    if (heapUsed + external >= least) break;
    least = heapUsed + external;
  }
  process.stderr.write(`MEMORY ${line.toString().trim()}: ${least}\n`);
});
process.stdin.unref();
