import { z } from "zod";

const Seconds = z.number().min(0).max(86_400);

/** The options of the simulated mitigator, in a configuration's `mitigator` object. */
const Options = z.strictObject({
  /** Until the traffic is redirected: status 1 becomes 2. */
  mitigatedAfterS: Seconds.default(2),
  /** Until the attack stops: status 2 becomes 3. 0: it never does. */
  stoppedAfterS: Seconds.default(0),
  /** Between two looks at the counters. */
  reportEveryS: z.number().min(0.05).max(3600).default(1),
  /** The attack's size. */
  attackGbps: z.number().min(0).max(100_000).default(3.1),
  /** The attack's packets, in octets. */
  packetOctets: z.number().min(40).max(65_535).default(512),
});

export type SimulatedOptions = z.infer<typeof Options>;

/** The faults of `options`, each with its path. */
export function faultsOf(options: Readonly<Record<string, unknown>>): string[] {
  const parsed = Options.safeParse(options);
  if (parsed.success) return [];
  return parsed.error.issues.flatMap((issue) =>
    issue.code === "unrecognized_keys"
      ? issue.keys.map((key) => `${key}: is not known here`)
      : [`${issue.path.join(".")}: ${issue.message}`],
  );
}

/** The options with their defaults. @throws {Error} there are faults. */
export function simulatedOptions(options: Readonly<Record<string, unknown>>): SimulatedOptions {
  return Options.parse(options);
}
