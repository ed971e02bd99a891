import type { Channel } from "../../agent/control/channel.ts";
import type { ClientCore } from "../../agent/control/client-core.ts";
import type { ControlLog } from "../../agent/control/control-log.ts";
import type { Clock, Millis, Timer } from "../../agent/net/ports.ts";
import { isAgentMessage } from "../agent-messages.ts";
import type { HostMessage } from "../agent-messages.ts";
import { HOST_START, HOST_START_EFFECTS, step } from "./agent-restarts.ts";
import type { HostEffect, HostInput, HostState } from "./agent-restarts.ts";

/** A process that was just started, and the control channel to it. */
export interface AgentProcess {
  readonly channel: Channel;
  tell(message: HostMessage): void;
  /** Ends it at once. */
  kill(): void;
  listen(listener: ProcessListener): void;
}

/** What a process is heard to say. */
export interface ProcessListener {
  readonly message: (value: unknown) => void;
  readonly exit: (code: number) => void;
}

/** What the host is made of. */
export interface HostParts {
  readonly clock: Clock;
  readonly fork: () => AgentProcess;
  /** Attached to each process in turn: whoever listens to the agent's events outlives a restart. */
  readonly client: ClientCore;
  readonly log: ControlLog;
  readonly onState: (state: HostState) => void;
}

/** Keeps the agent's process running until it is stopped. */
export interface AgentHost {
  /** Resolves once the process is gone. Idempotent. */
  stop(): Promise<void>;
}

/** Starts the agent in a process of its own, so that what it does never makes the window wait. */
export function hostAgent(parts: HostParts): AgentHost {
  return new RunningHost(parts);
}

class RunningHost implements AgentHost {
  readonly #parts: HostParts;
  readonly #stopped: Promise<void>;
  #settle: () => void = () => {};
  #state: HostState = HOST_START;
  #process: AgentProcess | undefined;
  #timer: Timer | undefined;
  /** What the process said before it ended. */
  #fault: string | undefined;

  constructor(parts: HostParts) {
    this.#parts = parts;
    this.#stopped = new Promise((resolve) => {
      this.#settle = resolve;
    });
    for (const effect of HOST_START_EFFECTS) this.#do(effect);
  }

  stop(): Promise<void> {
    this.#step({ tag: "stop" });
    return this.#stopped;
  }

  #step(input: HostInput): void {
    const before = this.#state;
    const [state, effects] = step(before, input);
    this.#state = state;
    for (const effect of effects) this.#do(effect);
    if (state.tag === "stopped") this.#settle();
    if (state.tag !== before.tag) this.#parts.onState(state);
  }

  #do(effect: HostEffect): void {
    switch (effect.tag) {
      case "fork":
        this.#fork();
        break;
      case "end":
        this.#process?.tell({ tag: "stop" });
        break;
      case "kill":
        this.#process?.kill();
        break;
      case "arm":
        this.#arm(effect.ms);
        break;
    }
  }

  #arm(ms: Millis | undefined): void {
    this.#timer?.cancel();
    this.#timer =
      ms === undefined
        ? undefined
        : this.#parts.clock.after(ms, () => this.#step({ tag: "timer" }));
  }

  #fork(): void {
    const { client, fork } = this.#parts;
    this.#fault = undefined;
    const process = fork();
    this.#process = process;
    process.listen({
      message: (value) => this.#receive(process, value),
      exit: (code) => this.#ended(code),
    });
    client.attach(process.channel);
  }

  #receive(process: AgentProcess, value: unknown): void {
    if (!isAgentMessage(value)) return;
    if (value.tag === "failed") {
      this.#fault = value.message;
      return;
    }
    // Another agent may be of another version; ours says hello as well.
    this.#parts.client.hello().then(
      () => this.#step({ tag: "ready", now: this.#parts.clock.now() }),
      (error: unknown) => {
        this.#fault = error instanceof Error ? error.message : String(error);
        process.kill();
      },
    );
  }

  #ended(code: number): void {
    this.#process = undefined;
    this.#parts.client.close();
    const fault = this.#fault;
    if (this.#state.tag !== "stopping") {
      this.#parts.log.warn({ code, fault }, "the agent's process has ended");
    }
    this.#step({ tag: "ended", now: this.#parts.clock.now(), fault });
  }
}
