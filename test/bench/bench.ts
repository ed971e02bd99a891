/**
 * `npm run bench [-- NAME] [-- --json]`: runs the benchmarks, or the one named. `--json` gives one JSON
 * document on stdout; progress goes to stderr.
 */
import { benchHandshake } from "./handshake.ts";
import { benchLoss } from "./loss.ts";
import { benchSignal } from "./signal.ts";

/** A benchmark's outcome: figures for machines, text for people. */
interface Outcome {
  readonly figures: unknown;
  readonly text: string;
}

const BENCHMARKS: Readonly<Record<string, (args: readonly string[]) => Promise<Outcome>>> = {
  handshake: benchHandshake,
  loss: benchLoss,
  signal: benchSignal,
};

async function main(args: readonly string[]): Promise<number> {
  const json = args.includes("--json");
  const [first, ...rest] = args.filter((arg) => arg !== "--json");
  const names = first === undefined ? Object.keys(BENCHMARKS) : [first];
  const figures: Record<string, unknown> = {};
  for (const name of names) {
    const benchmark = BENCHMARKS[name];
    if (!benchmark) {
      console.error(`no benchmark "${name}"; there are: ${Object.keys(BENCHMARKS).join(", ")}`);
      return 2;
    }
    const outcome = await benchmark(rest);
    figures[name] = outcome.figures;
    if (!json) console.log(`${outcome.text}\n`);
  }
  if (json) console.log(JSON.stringify(figures));
  return 0;
}

process.exitCode = await main(process.argv.slice(2));
