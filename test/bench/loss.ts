/** Cold sessions under loss, in the simulated network: how many get their request accepted in time? */
import { stackLab } from "../support/stack-lab.ts";
import { ms, quantile, table } from "./figures.ts";

const LOSS_PERCENT = [0, 10, 25, 40] as const;
const SEEDS = 200;
/** Virtual time from the first ClientHello to the 2.01. */
const LIMIT_MS = 10_000;
const ROUND_TRIP_MS = 40;

interface Row {
  readonly lossPercent: number;
  readonly accepted: number;
  readonly of: number;
  readonly share: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** One cold session and one request; the virtual time it took, or nothing if it was too late. */
async function attempt(seed: number, loss: number): Promise<number | undefined> {
  const lab = await stackLab(seed, { path: { delayMs: ROUND_TRIP_MS / 2, loss } });
  const { clock } = lab.network;
  const scope = { "target-prefix": ["203.0.113.7/32"], lifetime: 3600 };
  const asking = async (): Promise<number | undefined> => {
    const client = await lab.connect(LIMIT_MS, { heartbeat: false });
    const timeoutMs = Math.max(1, LIMIT_MS - clock.now());
    const result = await client.requestMitigation(1, scope, { timeoutMs });
    return result.code === "2.01" ? clock.now() : undefined;
  };
  // Any failure is a session that was not accepted in time; why does not matter to the one who waits.
  const outcome = asking().catch(() => undefined);
  const took = await lab.network.settle(outcome, 2 * LIMIT_MS);
  await lab.server.close();
  lab.dtls.close();
  return took !== undefined && took <= LIMIT_MS ? took : undefined;
}

async function measure(lossPercent: number, seeds: number): Promise<Row> {
  const times: number[] = [];
  for (let seed = 1; seed <= seeds; seed += 1) {
    const took = await attempt(seed, lossPercent / 100);
    if (took !== undefined) times.push(took);
  }
  return {
    lossPercent,
    accepted: times.length,
    of: seeds,
    share: times.length / seeds,
    p50Ms: quantile(times, 0.5),
    p99Ms: quantile(times, 0.99),
  };
}

/** `loss [SEEDS]`: the table of shares by loss each way. */
export async function benchLoss(
  args: readonly string[],
): Promise<{ figures: unknown; text: string }> {
  const seeds = Number(args[0] ?? SEEDS);
  if (!Number.isInteger(seeds) || seeds < 1) throw new Error(`"${args[0]}" is no number of seeds`);
  const rows: Row[] = [];
  for (const lossPercent of LOSS_PERCENT) {
    console.error(`loss: ${lossPercent} % each way, ${seeds} seeds`);
    rows.push(await measure(lossPercent, seeds));
  }
  const cells = rows.map((row) => [
    `${row.lossPercent} %`,
    `${row.accepted}/${row.of}`,
    `${(row.share * 100).toFixed(1)} %`,
    ms(row.p50Ms),
    ms(row.p99Ms),
  ]);
  const head = ["loss each way", "accepted", "share", "p50 ms", "p99 ms"];
  const text = [
    `Cold session (ECDHE_PSK, cookie) and mitigation request accepted within ${LIMIT_MS / 1000} s;`,
    `simulated network, ${ROUND_TRIP_MS} ms round trip; times of those accepted, in virtual ms`,
    table([head, ...cells]),
  ].join("\n");
  return { figures: { roundTripMs: ROUND_TRIP_MS, limitMs: LIMIT_MS, rows }, text };
}
