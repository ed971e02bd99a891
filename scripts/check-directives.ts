/** The check of switched-off checks: each names its rules and says why, after two dashes. */
import { isEntry, readText, sourceFiles } from "./tree.ts";

const DIRECTIVE = /(?:oxlint|eslint)-disable(?:-next-line|-line)?\b(.*)/;
const REASONED = /^\s+[\w@/-]+(?:,\s*[\w@/-]+)*\s+--\s+\S.{9,}/;

/** The faults in one file, as lines of text. */
export function checkDirectives(file: string, source: string): string[] {
  return source.split("\n").flatMap((line, index) => {
    const rest = DIRECTIVE.exec(line)?.[1];
    if (rest === undefined || REASONED.test(rest)) return [];
    return [`${file}:${index + 1}: a disabled rule needs its name and "-- reason"`];
  });
}

if (isEntry(import.meta.filename)) {
  const own = new Set([
    "scripts/check-directives.ts",
    "test/unit/scripts/check-directives.test.ts",
  ]);
  const files = sourceFiles().filter((file) => !own.has(file));
  const faults = files.flatMap((file) => checkDirectives(file, readText(file)));
  for (const fault of faults) console.error(fault);
  process.exitCode = faults.length > 0 ? 1 : 0;
}
