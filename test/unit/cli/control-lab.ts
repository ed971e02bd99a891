/** Commands that speak to the agent, in this process, against the agent's double on a real socket. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import { Command, CommanderError } from "commander";
import type { ControlEnvironment } from "../../../agent/cli/control-environment.ts";
import { reportError, usageError } from "../../../agent/cli/exit.ts";
import type { CallName } from "../../../agent/control/contract.ts";
import { serveChannel } from "../../../agent/control/server-connection.ts";
import { connectControl } from "../../../agent/control/transport/socket-client.ts";
import { listenControl } from "../../../agent/control/transport/socket-server.ts";
import { nodeClock } from "../../../agent/net/node/clock.ts";
import { createDouble, type ControlDouble } from "../../support/control-double.ts";
import { SAMPLE_INSTANT } from "../../support/control-samples.ts";
import type { DoubleState } from "../../support/double-answers.ts";
import type { Owner } from "../../support/server-process.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";

process.env["TZ"] = "UTC"; // times are told on this machine's clock

/** How a command ended. */
export interface Ran {
  readonly exit: number;
  readonly out: string;
  readonly err: string;
}

/** What a test may decide otherwise. */
export interface LabOptions {
  readonly state?: Partial<DoubleState>;
  readonly watched?: boolean;
  /** Whoever sits at the terminal says this. */
  readonly answer?: boolean;
  /** Whether there is a browser. */
  readonly browser?: boolean;
}

/** An agent's double, and commands that find it. */
export class ControlLab {
  readonly double: ControlDouble;
  /** Stands 4 seconds after the samples' moment. */
  readonly clock = new VirtualClock(Date.parse(SAMPLE_INSTANT) + 4000);
  /** What was asked at the terminal. */
  readonly questions: string[] = [];
  readonly opened: string[] = [];
  /** Ctrl-C. */
  readonly interrupt = new AbortController();
  readonly path: string;
  readonly close: () => Promise<void>;
  readonly #options: LabOptions;
  #lines = (): number => 0;

  constructor(
    path: string,
    double: ControlDouble,
    close: () => Promise<void>,
    options: LabOptions,
  ) {
    this.path = path;
    this.double = double;
    this.close = close;
    this.#options = options;
  }

  /** Runs `mayday ARGS`, of which `group` makes the command. */
  async run(
    group: (environment: ControlEnvironment) => Command,
    ...args: readonly string[]
  ): Promise<Ran> {
    const ran = { exit: 0, out: "", err: "" };
    this.#lines = () => ran.out.split("\n").length - 1;
    const program = new Command("mayday").addCommand(group(this.#environment(ran)));
    govern(program);
    try {
      await program.parseAsync([...args], { from: "user" });
    } catch (error) {
      const fault = error instanceof CommanderError ? usageError(error.message) : error;
      ran.exit = reportError(fault, args.includes("--json"), outputOf(ran));
    }
    return ran;
  }

  /** What the agent was asked last. */
  get lastInput(): Readonly<Record<string, unknown>> {
    const last = this.double.asked.at(-1);
    if (last === undefined) throw new Error("the agent was asked nothing");
    return last.input as Record<string, unknown>;
  }

  /** Resolves once the agent was asked this. */
  async called(name: CallName): Promise<void> {
    while (!this.double.asked.some((call) => call.name === name)) await turn();
  }

  /** Resolves once the command that runs has been told so many events of the log, and has said so on stdout. */
  async told(count: number): Promise<void> {
    while (this.#lines() < count) await turn();
  }

  /** Lets the time run out that a command waits for at most: it may not have begun to wait. */
  async ranOut(ms: number): Promise<void> {
    const asked = (): number =>
      this.double.asked.filter(({ name }) => name === "mitigation.show").length;
    while (asked() === 0) await this.clock.advance(ms);
  }

  /** Resolves once the agent keeps a mitigation that fits. */
  kept(fits: (phase: string) => boolean = () => true): Promise<string> {
    return new Promise((resolve) => {
      const subscription = this.double.subscribe((_name, payload) => {
        const found =
          "mitigations" in payload && payload.mitigations.find(({ phase }) => fits(phase));
        if (found === false || found === undefined) return;
        subscription.stop();
        resolve(found.id);
      });
    });
  }

  #environment(ran: { exit: number; out: string; err: string }): ControlEnvironment {
    const { watched = false, answer, browser = false } = this.#options;
    const confirm = (question: string): Promise<boolean> => {
      this.questions.push(question);
      return Promise.resolve(answer === true);
    };
    return {
      output: outputOf(ran),
      clock: this.clock,
      watched,
      confirm: answer === undefined ? undefined : confirm,
      connect: (_dataDir, options) => connectControl(this.path, options),
      openBrowser: (url) => {
        if (browser) this.opened.push(url);
        return Promise.resolve(browser);
      },
      finish: (exit) => {
        ran.exit = exit;
      },
      interrupted: () => this.interrupt.signal,
    };
  }
}

/** Starts an agent's double on a socket of its own. */
export async function controlLab(owner: Owner, options: LabOptions = {}): Promise<ControlLab> {
  const folder = mkdtempSync(join(tmpdir(), "mayday-"));
  const path = join(folder, "control.sock");
  const double = createDouble(options.state);
  const log = { warn: () => {}, error: () => {} };
  const service = {
    handlers: double.handlers,
    events: double,
    right: "admin",
    version: "0",
  } as const;
  const listener = await listenControl({
    path,
    log,
    onChannel: (channel) => serveChannel(channel, { ...service, log, clock: nodeClock }),
  });
  owner.after(async () => {
    await listener.close();
    rmSync(folder, { recursive: true });
  });
  return new ControlLab(path, double, () => listener.close(), options);
}

function outputOf(ran: { out: string; err: string }): ControlEnvironment["output"] {
  return {
    stdout: (text) => {
      ran.out += text;
    },
    stderr: (text) => {
      ran.err += text;
    },
  };
}

function govern(command: Command): void {
  command.exitOverride().configureOutput({ outputError: () => undefined });
  for (const child of command.commands) govern(child);
}
