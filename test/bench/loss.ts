/** Sessions under loss, in the simulated network: how many get their request accepted in time? */
import type { ConnectOptions } from "../../agent/dtls/client.ts";
import type { SessionStore } from "../../agent/dtls/resumption.ts";
import type { DtlsSession } from "../../agent/dtls/session.ts";
import type { Millis } from "../../agent/net/ports.ts";
import { stackLab, type StackLab } from "../support/stack-lab.ts";
import { ms, quantile, table } from "./figures.ts";

/** Share lost each way, and what share of cold ECDHE_PSK sessions must get their request accepted in time, in percent. */
const LOSSES = [
  [0, 100],
  [10, 99.9],
  [25, 99.7],
  [40, 99],
  [50, 93],
] as const;
const SEEDS = 1000;
/** Without loss every seed is the same but for its keys. */
const LOSSLESS_SEEDS = 5;
/** Virtual time from the first ClientHello to the answer. */
const LIMIT_MS = 10_000;
const ROUND_TRIP_MS = 40;
/** Rates are of handshakes that took longer than this: shorter ones have repeated nothing. */
const RATED_MS = 1000;

const KINDS = [
  { name: "pre-shared key", credentials: "psk", early: true, resumed: false, target: true },
  { name: "no False Start", credentials: "psk", early: false, resumed: false, target: true },
  { name: "resumed", credentials: "psk", early: false, resumed: true, target: true },
  { name: "certificates", credentials: "certificate", early: true, resumed: false, target: false },
] as const;

type Kind = (typeof KINDS)[number];

interface Row {
  readonly kind: string;
  readonly lossPercent: number;
  readonly accepted: number;
  readonly of: number;
  readonly share: number;
  /** In percent. */
  readonly target: number | undefined;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Until the server told its mitigator to filter, which the client learns later. */
  readonly filteringP50Ms: number;
  readonly filteringP99Ms: number;
  /** What the client sent during handshakes that took longer than a second, on average. */
  readonly clientKbits: number;
}

interface Attempt {
  /** Nothing if it was too late. */
  readonly acceptedMs: Millis | undefined;
  readonly filteringMs: Millis | undefined;
  /** Until there was a session, or no time. */
  readonly handshakeMs: Millis;
  /** What the client sent until then, headers included. */
  readonly handshakeOctets: number;
}

/** A store for the one session of a lab. */
function oneSession(): SessionStore {
  let kept: Uint8Array | undefined;
  return {
    load: () => kept,
    save: (_server, session) => (kept = session),
    forget: () => (kept = undefined),
  };
}

/** What a session is resumed from: one set up before the path began to lose. */
async function earlier(lab: StackLab): Promise<Partial<ConnectOptions>> {
  const resumption = { store: oneSession(), server: "the provider" };
  const first = await lab.network.settle(lab.connectDtls(LIMIT_MS, { resumption }), LIMIT_MS);
  first.close();
  await lab.network.run({ for: 10 * ROUND_TRIP_MS });
  return { resumption };
}

/** One session and one request, in virtual time. */
async function attempt(seed: number, loss: number, kind: Kind): Promise<Attempt> {
  const lab = await stackLab(seed, {
    path: { delayMs: ROUND_TRIP_MS / 2 },
    credentials: kind.credentials,
  });
  const { clock } = lab.network;
  const options = kind.resumed ? await earlier(lab) : {};
  lab.link.set({ aToB: { loss }, bToA: { loss } });
  const startedAt = clock.now();
  const meter = new Meter(lab, startedAt);
  const asking = async (): Promise<Millis | undefined> => {
    const accepted = await ask(lab, kind.early, options, startedAt + LIMIT_MS, () => meter.stop());
    return accepted ? clock.now() - startedAt : undefined;
  };
  // Any failure is a session that was not accepted in time; why does not matter to the one who waits.
  const outcome = asking().catch(() => undefined);
  const took = await lab.network.settle(outcome, 2 * LIMIT_MS);
  meter.stop();
  await lab.server.close();
  lab.dtls.close();
  const { filteringSince } = lab;
  return {
    acceptedMs: took !== undefined && took <= LIMIT_MS ? took : undefined,
    filteringMs: filteringSince === undefined ? undefined : filteringSince - startedAt,
    ...meter.read(),
  };
}

/** Whether the server accepts; a repetition is answered 2.04 where the answer to the first was lost. */
async function ask(
  lab: StackLab,
  early: boolean,
  options: Partial<ConnectOptions>,
  until: Millis,
  connected: () => void,
): Promise<boolean> {
  const scope = { "target-prefix": ["203.0.113.7/32"], lifetime: 3600 };
  const left = (): Millis => Math.max(1, until - lab.network.clock.now());
  const asked = (session: DtlsSession): Promise<boolean> =>
    lab
      .clientOn(session, { heartbeat: false })
      .requestMitigation(1, scope, { timeoutMs: left() })
      .then(({ code }) => code === "2.01" || code === "2.04");
  let answer: Promise<boolean> | undefined;
  const onMaySend = (session: DtlsSession): void => {
    answer = asked(session);
    answer.catch(() => undefined); // it is looked at once there is a session
  };
  const session = await lab.connectDtls(left(), { ...options, ...(early ? { onMaySend } : {}) });
  connected();
  return answer ?? asked(session);
}

/** Counts what the client sends until it is stopped. */
class Meter {
  readonly #lab: StackLab;
  readonly #startedAt: Millis;
  #octets = 0;
  #stoppedAt: Millis | undefined;

  constructor(lab: StackLab, startedAt: Millis) {
    this.#lab = lab;
    this.#startedAt = startedAt;
    lab.network.trace = ({ fate, packet, octets }) => {
      if (fate === "sent" && packet.to.port === lab.dtls.local.port) this.#octets += octets;
    };
  }

  stop(): void {
    this.#lab.network.trace = undefined;
    this.#stoppedAt ??= this.#lab.network.clock.now();
  }

  read(): Pick<Attempt, "handshakeMs" | "handshakeOctets"> {
    const handshakeMs = (this.#stoppedAt ?? this.#startedAt) - this.#startedAt;
    return { handshakeMs, handshakeOctets: this.#octets };
  }
}

async function measure(
  kind: Kind,
  [lossPercent, target]: (typeof LOSSES)[number],
  most: number,
): Promise<Row> {
  const seeds = lossPercent === 0 ? Math.min(most, LOSSLESS_SEEDS) : most;
  const attempts: Attempt[] = [];
  for (let seed = 1; seed <= seeds; seed += 1) {
    attempts.push(await attempt(seed, lossPercent / 100, kind));
    if (seed % 250 === 0) console.error(`loss: ${kind.name}, ${lossPercent} %: ${seed}/${seeds}`);
  }
  const accepted = attempts.flatMap(({ acceptedMs }) => acceptedMs ?? []);
  const filtering = attempts.flatMap(({ filteringMs }) => filteringMs ?? []);
  return {
    kind: kind.name,
    lossPercent,
    accepted: accepted.length,
    of: seeds,
    share: accepted.length / seeds,
    target: kind.target ? target : undefined,
    p50Ms: quantile(accepted, 0.5),
    p99Ms: quantile(accepted, 0.99),
    filteringP50Ms: quantile(filtering, 0.5),
    filteringP99Ms: quantile(filtering, 0.99),
    clientKbits: rateOf(attempts),
  };
}

/** In kbit/s. */
function rateOf(attempts: readonly Attempt[]): number {
  const rated = attempts.filter(({ handshakeMs }) => handshakeMs > RATED_MS);
  const octets = rated.reduce((sum, { handshakeOctets }) => sum + handshakeOctets, 0);
  return (8 * octets) / rated.reduce((sum, { handshakeMs }) => sum + handshakeMs, 0);
}

const HEAD = [
  "handshake",
  "loss each way",
  "accepted",
  "share",
  "at least",
  "p50 ms",
  "p99 ms",
  "filtering p50",
  "p99",
  "client kbit/s",
];

function cellsOf(row: Row): string[] {
  return [
    row.kind,
    `${row.lossPercent} %`,
    `${row.accepted}/${row.of}`,
    `${(row.share * 100).toFixed(1)} %`,
    row.target === undefined ? "" : `${row.target} %`,
    ms(row.p50Ms),
    ms(row.p99Ms),
    ms(row.filteringP50Ms),
    ms(row.filteringP99Ms),
    Number.isNaN(row.clientKbits) ? "" : row.clientKbits.toFixed(1),
  ];
}

/** `loss [SEEDS]`: the table of shares by kind of handshake and loss each way. */
export async function benchLoss(
  args: readonly string[],
): Promise<{ figures: unknown; text: string }> {
  const seeds = Number(args[0] ?? SEEDS);
  if (!Number.isInteger(seeds) || seeds < 1) throw new Error(`"${args[0]}" is no number of seeds`);
  const rows: Row[] = [];
  for (const kind of KINDS) {
    for (const loss of LOSSES) rows.push(await measure(kind, loss, seeds));
  }
  const text = [
    `Session and mitigation request accepted within ${LIMIT_MS / 1000} s; simulated network, ${ROUND_TRIP_MS} ms round trip;`,
    `times in virtual ms: of requests accepted, and until the server filters; rates of handshakes over ${RATED_MS / 1000} s`,
    table([HEAD, ...rows.map(cellsOf)]),
  ].join("\n");
  return { figures: { roundTripMs: ROUND_TRIP_MS, limitMs: LIMIT_MS, rows }, text };
}
