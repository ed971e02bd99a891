/** A provider that can be started, stopped and killed, and a customer's host, in the simulated network. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { setImmediate as afterMicrotasks } from "node:timers/promises";
import type { DotsClient } from "../../../agent/dots/client/client.ts";
import { fixedDirectory } from "../../../agent/dots/server/clients.ts";
import { DEFAULT_POLICY } from "../../../agent/dots/server/policy.ts";
import { DotsServer } from "../../../agent/dots/server/server.ts";
import { parsePrefix } from "../../../agent/dots/signal/prefix.ts";
import { listenDtls, type DtlsServer } from "../../../agent/dtls/server.ts";
import type { DtlsSession } from "../../../agent/dtls/session.ts";
import type { SimulatedHost } from "../../../agent/net/simulated/host.ts";
import type { Link } from "../../../agent/net/simulated/link.ts";
import { SimulatedNetwork } from "../../../agent/net/simulated/network.ts";
import type { Path } from "../../../agent/net/simulated/path.ts";
import {
  formatAddress,
  NetError,
  type Address,
  type Millis,
  type World,
} from "../../../agent/net/ports.ts";
import {
  openProviderSession,
  type ProviderEndpoint,
  type ProviderSession,
  type SessionDeps,
} from "../../../agent/session/provider-session.ts";
import type { SessionView } from "../../../agent/session/session-view.ts";
import { MemoryMitigationStore } from "../../../agent/store/memory-mitigation-store.ts";
import { findMitigator } from "../../../plugins/mitigators.ts";

export const SERVER: Address = { family: 4, host: "198.51.100.1", port: 4646 };
export const NAME = "dots.example.net";
export const KEY = "the key of the branch";
export const MINUTE: Millis = 60_000;

/** The provider's side, with one customer: `branch`, who may ask for 203.0.113.0/28. */
export interface Provider {
  /** Begins to serve, with no memory of what was before. */
  start(): Promise<void>;
  /** Ends with a goodbye on every session. */
  stop(): void;
  /** Ends without a word. */
  kill(): void;
  /** Sessions that were set up, also with servers before. */
  readonly accepted: readonly DtlsSession[];
  /** Called with each of them, at once. */
  onAccept: ((session: DtlsSession) => void) | undefined;
}

/** What a session told its owner. */
export interface Watched {
  readonly session: ProviderSession;
  /** `up` and `down`, in order. */
  readonly told: readonly string[];
  readonly clients: readonly DotsClient[];
  /** Those that a request may go by before their session stands. */
  readonly early: readonly DotsClient[];
  /** Each state the view was in when a change was told, with when; a state that stays is named once. */
  readonly states: readonly { readonly state: SessionView["state"]; readonly at: Millis }[];
  /** How often a change was told. */
  readonly changes: number;
}

export interface SessionLab {
  readonly network: SimulatedNetwork;
  readonly clientHost: SimulatedHost;
  /** a is the customer. */
  readonly link: Link;
  readonly provider: Provider;
  readonly deps: SessionDeps;
  /** What names resolve to; others do not. May be changed. */
  readonly names: Map<string, readonly Address[]>;
  /** When each ClientHello without a cookie left: the tries of the customer. */
  readonly hellos: readonly Millis[];
  /** Where each of them went. */
  readonly tried: readonly string[];
  endpoint(options?: Partial<ProviderEndpoint>): ProviderEndpoint;
  open(options?: Partial<ProviderEndpoint>, deps?: Partial<SessionDeps>): Watched;
  /** Lets time pass until the session is in this state. */
  reach(watched: Watched, state: SessionView["state"], limit: Millis): Promise<boolean>;
}

/** The lab, with 20 ms each way and the provider serving unless told otherwise. */
export async function sessionLab(
  seed: number,
  options: {
    readonly path?: Partial<Path>;
    readonly serving?: boolean;
    /** Whether sessions live through a change of the customer's address. */
    readonly connectionId?: boolean;
    /** See `NetworkOptions`. */
    readonly turns?: number;
  } = {},
): Promise<SessionLab> {
  const network = new SimulatedNetwork({
    seed,
    path: { delayMs: 20, ...options.path },
    ...(options.turns === undefined ? {} : { turns: options.turns }),
  });
  const clientHost = network.host(["192.0.2.7"]);
  const serverHost = network.host([SERVER.host]);
  const link = network.link(clientHost, serverHost);
  const provider = new LabProvider(serverHost, link, options.connectionId ?? true);
  if (options.serving !== false) await provider.start();
  const names = new Map<string, readonly Address[]>([[NAME, [SERVER]]]);
  const deps: SessionDeps = {
    world: clientHost,
    resolve: (host) => {
      const found = names.get(host);
      return found === undefined
        ? Promise.reject(new NetError("net/unreachable", `looking up "${host}": ENOTFOUND`))
        : Promise.resolve(found);
    },
    sha256: (data) => createHash("sha256").update(data).digest(),
  };
  const endpoint: SessionLab["endpoint"] = (given = {}) => ({
    host: NAME,
    port: SERVER.port,
    credential: { type: "psk", identity: "branch", key: new TextEncoder().encode(KEY) },
    ...given,
  });
  return {
    network,
    clientHost,
    link,
    provider,
    deps,
    names,
    ...hellosOf(network),
    endpoint,
    open: (given, otherDeps) =>
      watch(network, (listener) =>
        openProviderSession({ ...deps, ...otherDeps }, endpoint(given), listener),
      ),
    reach: (watched, state, limit) =>
      network.run({ until: () => watched.session.view.state === state, limit }),
  };
}

/** Ends what a test opened, and says what is left: timers, packets, sockets. */
export async function leftAfter(lab: SessionLab, ...watched: readonly Watched[]): Promise<number> {
  const closing = watched.map(({ session }) => session.close());
  await afterMicrotasks(); // a lab of few turns may have no event left to go on with
  await lab.network.settle(Promise.all(closing), 1000);
  lab.provider.stop();
  await lab.network.run({ for: 500 }); // what is under way
  return lab.network.pending;
}

/** Asks for a mitigation by what the session offers now. */
export async function ask(
  lab: SessionLab,
  client: DotsClient | undefined,
  mid = 1,
): Promise<string> {
  assert.ok(client !== undefined);
  const scope = { "target-prefix": ["203.0.113.1/32"], lifetime: 3600 };
  const { code } = await lab.network.settle(client.requestMitigation(mid, scope), MINUTE);
  return code;
}

/** The time from each entry to the next. */
export function gaps(times: readonly Millis[]): number[] {
  return times.slice(1).map((at, i) => at - (times[i] ?? 0));
}

function watch(
  network: SimulatedNetwork,
  open: (listener: Parameters<typeof openProviderSession>[2]) => ProviderSession,
): Watched {
  const told: string[] = [];
  const clients: DotsClient[] = [];
  const early: DotsClient[] = [];
  const states: { state: SessionView["state"]; at: Millis }[] = [];
  let changes = 0;
  const session: ProviderSession = open({
    early: (client) => void early.push(client),
    up: (client) => {
      told.push("up");
      clients.push(client);
    },
    down: () => told.push("down"),
    changed: () => {
      changes += 1;
      const { state } = session.view;
      if (states.at(-1)?.state !== state) states.push({ state, at: network.clock.now() });
    },
  });
  return {
    session,
    told,
    clients,
    early,
    states,
    get changes() {
      return changes;
    },
  };
}

/** A try is one ClientHello and its repetitions, from a port of its own. */
function hellosOf(network: SimulatedNetwork): { hellos: Millis[]; tried: string[] } {
  const hellos: Millis[] = [];
  const tried: string[] = [];
  const ports = new Set<number>();
  network.trace = ({ at, packet }) => {
    const { body, from, to } = packet;
    if (body.tag !== "udp" || body.data[0] !== 22 || body.data[13] !== 1) return;
    if (ports.has(from.port)) return;
    ports.add(from.port);
    hellos.push(at);
    tried.push(formatAddress(to));
  };
  return { hellos, tried };
}

/** A world whose open datagram sockets are counted. */
export function counting(world: World): { readonly world: World; readonly open: number } {
  let open = 0;
  const { clock, random, streams, datagrams } = world;
  const bind: World["datagrams"]["bind"] = async (options, listener) => {
    const socket = await datagrams.bind(options, listener);
    open += 1;
    let closed = false;
    return {
      local: socket.local,
      send: (data, to) => socket.send(data, to),
      close: () => {
        if (!closed) open -= 1;
        closed = true;
        socket.close();
      },
    };
  };
  return {
    world: { clock, random, streams, datagrams: { bind } },
    get open() {
      return open;
    },
  };
}

class LabProvider implements Provider {
  readonly accepted: DtlsSession[] = [];
  onAccept: ((session: DtlsSession) => void) | undefined;
  readonly #host: SimulatedHost;
  readonly #link: Link;
  readonly #connectionId: boolean;
  #dtls: DtlsServer | undefined;
  #server: DotsServer | undefined;

  constructor(host: SimulatedHost, link: Link, connectionId: boolean) {
    this.#host = host;
    this.#link = link;
    this.#connectionId = connectionId;
  }

  async start(): Promise<void> {
    const { clock, random } = this.#host;
    const log = { debug() {}, info() {}, warn() {}, error() {} };
    const plugin = findMitigator("simulated");
    const prefix = parsePrefix("203.0.113.0/28");
    if (!plugin || typeof prefix === "string") throw new Error("the lab's own parts are missing");
    const client = { name: "branch", prefixes: [prefix], names: [] };
    const server = new DotsServer({
      clock,
      random,
      log,
      store: new MemoryMitigationStore(),
      policy: DEFAULT_POLICY,
      clients: fixedDirectory([[{ type: "psk", identity: "branch" }, client]]),
      mitigator: plugin.create({}, { clock, random, log }),
    });
    this.#server = server;
    const keys = new Map([
      ["branch", KEY],
      ["stranger", KEY], // has a key, but is no customer
    ]);
    this.#dtls = await listenDtls(this.#host, {
      local: SERVER,
      connectionId: this.#connectionId,
      credentials: {
        pskOf: (name) => {
          const key = keys.get(name);
          return key === undefined ? undefined : new TextEncoder().encode(key);
        },
      },
      onSession: (session) => {
        this.accepted.push(session);
        server.accept(session, session.identity);
        this.onAccept?.(session);
      },
    });
  }

  stop(): void {
    void this.#server?.close();
    this.#dtls?.close();
    this.#server = undefined;
    this.#dtls = undefined;
  }

  kill(): void {
    this.#link.cut(); // no goodbye gets out
    this.stop();
    this.#link.mend();
  }
}
