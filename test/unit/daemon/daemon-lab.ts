/** An agent, its providers and the network between them, on virtual time. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import {
  contract,
  type Activity,
  type CallName,
  type CallOutput,
  type CheckedInput,
  type Mitigation,
  type Status,
} from "../../../agent/control/contract.ts";
import { ControlError } from "../../../agent/control/control-error.ts";
import { byName, type AnyCall, type AnyEvent } from "../../../agent/control/define.ts";
import { createDaemon, type Daemon, type DaemonDeps } from "../../../agent/daemon/daemon.ts";
import { pastedPem } from "../../../agent/host/pasted-pem.ts";
import { parseLiteral } from "../../../agent/net/address.ts";
import { NetError, type Millis } from "../../../agent/net/ports.ts";
import type { SimulatedHost } from "../../../agent/net/simulated/host.ts";
import type { Link } from "../../../agent/net/simulated/link.ts";
import { SimulatedNetwork } from "../../../agent/net/simulated/network.ts";
import type { Path } from "../../../agent/net/simulated/path.ts";
import type { ServerPolicy } from "../../../agent/dots/server/policy.ts";
import { openProviderSession } from "../../../agent/session/provider-session.ts";
import { testProvider } from "../../../agent/session/test-provider.ts";
import type { AgentStore } from "../../../agent/store/agent-store.ts";
import { MemoryAgentStore } from "../../../agent/store/memory-agent-store.ts";
import { killableWorld } from "./killable-world.ts";
import { KEYS, LabProvider } from "./lab-provider.ts";

export const SECOND: Millis = 1000;
export const MINUTE: Millis = 60_000;

/** What the branch is told to type in. */
export const DRAFT = {
  name: "My provider",
  server: "dots.example.net",
  pskIdentity: "branch",
  key: KEYS["branch"] ?? "",
};

export const KEY_OF_OFFICE = KEYS["office"] ?? "";

const CALLS = byName<AnyCall>(contract.calls);
const EVENTS = byName<AnyEvent>(contract.events);
const QUIET = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** An agent that can be asked, and killed. */
export class LabAgent {
  readonly daemon: Daemon;
  /** For handlers that are called directly. */
  readonly context = {
    progress: () => {},
    signal: new AbortController().signal,
    right: "admin",
  } as const;
  readonly logged: Activity[] = [];
  readonly statuses: { readonly at: Millis; readonly status: Status }[] = [];
  readonly #network: SimulatedNetwork;
  readonly #kill: () => void;

  constructor(network: SimulatedNetwork, host: SimulatedHost, deps: Partial<DaemonDeps>) {
    const { world, kill } = killableWorld(host);
    this.#network = network;
    this.#kill = kill;
    this.daemon = createDaemon({
      world,
      resolve: (name) => Promise.reject(new NetError("net/unreachable", `no such name: ${name}`)),
      sha256: (data) => createHash("sha256").update(data).digest(),
      pem: pastedPem,
      store: new MemoryAgentStore(),
      log: QUIET,
      version: "1.2.3",
      rssBytes: () => 50_000_000,
      openSession: openProviderSession,
      testProvider,
      practice: undefined,
      consoleLink: undefined,
      ...deps,
    });
    this.daemon.events.subscribe((name, payload) => {
      EVENTS.get(name)?.payload.parse(payload);
      if (name === "activity.logged") this.logged.push(payload as Activity);
      else this.statuses.push({ at: network.clock.now(), status: payload as Status });
    });
    this.daemon.start();
  }

  /** Calls a handler; what it answers must be of the contract's form. */
  async call<Name extends CallName>(
    name: Name,
    input: CheckedInput<Name>,
  ): Promise<CallOutput<Name>> {
    const ask = async (): Promise<CallOutput<Name>> =>
      this.daemon.handlers[name](input, this.context);
    const answering = ask();
    const answer = await this.#network.settle(answering, MINUTE);
    CALLS.get(name)?.output.parse(answer);
    return answer;
  }

  /** What a call is refused for. */
  async refusal<Name extends CallName>(
    name: Name,
    input: CheckedInput<Name>,
  ): Promise<ControlError> {
    const fault: unknown = await this.call(name, input).then(
      () => undefined,
      (error: unknown) => error,
    );
    assert.ok(fault instanceof ControlError, `${name} was refused`);
    return fault;
  }

  request(targets: string[], more: Partial<CheckedInput<"mitigation.request">> = {}) {
    return this.call("mitigation.request", { targets, lifetimeS: 3600, ...more });
  }

  show(id: string): Promise<Mitigation> {
    return this.call("mitigation.show", { id });
  }

  /** Lets time pass until a mitigation is in this phase. */
  async reach(id: string, phase: Mitigation["phase"], limit: Millis = MINUTE): Promise<Mitigation> {
    const now = (): Mitigation | undefined => {
      const { mitigations, ended } = this.status;
      return [...mitigations, ...ended].find((one) => one.id === id);
    };
    const reached = await this.#network.run({ until: () => now()?.phase === phase, limit });
    const found = now();
    assert.ok(found !== undefined);
    assert.ok(reached, `${phase} within ${limit} ms; it is ${found.phase}`);
    return found;
  }

  get status(): Status {
    const status = this.daemon.handlers["agent.status"]({}, this.context);
    assert.ok(!(status instanceof Promise));
    CALLS.get("agent.status")?.output.parse(status);
    return status;
  }

  /** The kinds of what was logged about a mitigation, in order, without `mitigation-`. */
  story(id: string): string[] {
    return this.logged
      .filter(({ mitigation }) => mitigation === id)
      .map(({ kind }) => kind.replace("mitigation-", ""));
  }

  /** Ends as a process does that is killed. */
  kill(): void {
    this.#kill();
  }

  close(): Promise<void> {
    return this.#network.settle(this.daemon.close(), 5 * SECOND);
  }
}

export interface DaemonLab {
  readonly network: SimulatedNetwork;
  readonly provider: LabProvider;
  /** To the provider; a is the agent. */
  readonly link: Link;
  /** A further provider, reached as `NAME.example.net`. */
  another(name: string): Promise<LabProvider>;
  agent(deps?: Partial<DaemonDeps> & { readonly store?: AgentStore }): LabAgent;
  run(ms: Millis): Promise<void>;
  /** Whatever the agent sent from last has another port from now on, as behind a NAT that has forgotten a mapping. */
  rebind(): void;
}

/** The lab, with 20 ms each way and the provider serving. */
export async function daemonLab(
  seed: number,
  options: {
    readonly path?: Partial<Path>;
    readonly policy?: Partial<ServerPolicy>;
    readonly serving?: boolean;
  } = {},
): Promise<DaemonLab> {
  const network = new SimulatedNetwork({
    seed,
    turns: 32, // an end is a chain of many promises
    path: { delayMs: 20, ...options.path },
  });
  const agentHost = network.host(["192.0.2.7"]);
  const serverHost = network.host(["198.51.100.1"]);
  const link = network.link(agentHost, serverHost);
  const provider = new LabProvider(serverHost, options.policy);
  let lastPort = 0;
  network.trace = ({ packet: { body, from } }) => {
    if (body.tag === "udp" && agentHost.holds(from.host)) lastPort = from.port;
  };
  const names = new Map([["dots.example.net", provider.address]]);
  if (options.serving !== false) await provider.start();
  const resolve: DaemonDeps["resolve"] = (host, port) => {
    const literal = parseLiteral(host);
    const found = literal === undefined ? names.get(host) : { ...literal, port };
    return found === undefined
      ? Promise.reject(new NetError("net/unreachable", `looking up "${host}": ENOTFOUND`))
      : Promise.resolve([found]);
  };
  return {
    network,
    provider,
    link,
    agent: (deps = {}) => new LabAgent(network, agentHost, { resolve, ...deps }),
    another: async (name) => {
      const other = new LabProvider(network.host([`198.51.100.${names.size + 1}`]), options.policy);
      names.set(`${name}.example.net`, other.address);
      await other.start();
      return other;
    },
    run: async (ms) => void (await network.run({ for: ms })),
    rebind: () => void agentHost.rebind(lastPort),
  };
}
