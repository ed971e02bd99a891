import { createInterface } from "node:readline";
import type { Output } from "./exit.ts";

/**
 * Asks a question on stderr; only a yes is a yes. The terminal keeps its own line editing, so that Ctrl-C is a signal
 * as ever and leaves nothing to be put right.
 */
export async function confirm(
  question: string,
  input: NodeJS.ReadableStream,
  output: Output,
): Promise<boolean> {
  const lines = createInterface({ input, terminal: false });
  output.stderr(question);
  try {
    for await (const line of lines) return /^\s*y(es)?\s*$/i.test(line);
    output.stderr("\n"); // the input has ended, and the cursor is still behind the question
    return false;
  } finally {
    lines.close();
  }
}
