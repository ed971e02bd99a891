import type { Mitigation, Status } from "../control/contract.ts";
import type { Timer } from "../net/ports.ts";
import type { ControlEnvironment } from "./control-environment.ts";
import type { Agent, AgentFlags } from "./control-session.ts";
import type { CliFault } from "./exit.ts";
import { LiveLine } from "./live-line.ts";
import { mitigationSentence } from "./mitigation-text.ts";
import type { Verdict } from "./mitigation-verdict.ts";
import type { WaitFlags } from "./wait-flags.ts";

/** Something that is set going, and when it is over. */
export interface Undertaking {
  ask(): Promise<Mitigation>;
  /** `isLate`: the time is up, and "wait" is no answer any more. */
  verdict(mitigation: Mitigation, isLate: boolean): Verdict;
}

/** How it ended: the mitigation as it was last seen, and the fault, if the command is to end in one. */
export interface Awaited {
  readonly mitigation: Mitigation;
  readonly fault: CliFault | undefined;
}

/** Sets something going, and with `--wait` waits until it is over or the time is up. */
export async function awaitMitigation(
  environment: ControlEnvironment,
  agent: Agent,
  flags: AgentFlags & WaitFlags,
  undertaking: Undertaking,
): Promise<Awaited> {
  if (flags.wait !== true) return { mitigation: await undertaking.ask(), fault: undefined };
  const watch = new Watch(environment, agent, flags, undertaking);
  try {
    return await watch.end();
  } finally {
    watch.stop();
  }
}

const REDRAW_MS = 1000;

/** Watches one mitigation until its verdict is in. */
class Watch {
  readonly #environment: ControlEnvironment;
  readonly #agent: Agent;
  readonly #undertaking: Undertaking;
  readonly #timeoutMs: number;
  readonly #live: LiveLine;
  readonly #subscription: { stop(): void };
  #mitigation: Mitigation | undefined;
  /** The last that came: it may be faster than the answer that says which mitigation it is about. */
  #status: Status | undefined;
  #redraw: Timer | undefined;
  #late: Timer | undefined;
  /** The time may be up before `ask`, which has a patience of its own, is answered. */
  #isLate = false;
  #settle: (awaited: Awaited) => void = () => {};
  #fail: (error: unknown) => void = () => {};

  constructor(
    environment: ControlEnvironment,
    agent: Agent,
    { json, timeout }: AgentFlags & WaitFlags,
    undertaking: Undertaking,
  ) {
    this.#environment = environment;
    this.#agent = agent;
    this.#undertaking = undertaking;
    this.#timeoutMs = timeout * 1000;
    this.#live = new LiveLine(environment.output, environment.watched && json !== true);
    // Before anything is asked, so that no answer can come in between unseen.
    this.#subscription = agent.on("agent.changed", (status) => {
      this.#status = status;
      this.#look();
    });
  }

  async end(): Promise<Awaited> {
    const over = new Promise<Awaited>((resolve, reject) => {
      this.#settle = resolve;
      this.#fail = reject;
    });
    over.catch(() => {}); // `ask` may fail first, and then nobody waits for this
    this.#agent.lost.addEventListener("abort", this.#lost);
    this.#late = this.#environment.clock.after(this.#timeoutMs, () => {
      this.#isLate = true;
      void this.#giveUp();
    });
    this.#status = undefined; // from before it was asked
    this.#see(await this.#undertaking.ask());
    this.#look();
    this.#draw();
    if (this.#isLate) void this.#giveUp();
    return over;
  }

  stop(): void {
    this.#agent.lost.removeEventListener("abort", this.#lost);
    this.#subscription.stop();
    this.#redraw?.cancel();
    this.#late?.cancel();
    this.#live.clear();
  }

  readonly #lost = (): void => this.#fail(this.#agent.lost.reason);

  #look(): void {
    if (this.#status === undefined) return;
    const { mitigations, ended } = this.#status;
    const found = [...mitigations, ...ended].find(({ id }) => id === this.#mitigation?.id);
    if (found !== undefined) this.#see(found);
  }

  #see(mitigation: Mitigation, isLate = false): void {
    this.#mitigation = mitigation;
    const verdict = this.#undertaking.verdict(mitigation, isLate);
    if (verdict !== "wait") {
      this.#settle({ mitigation, fault: verdict === "done" ? undefined : verdict });
    }
  }

  #draw(): void {
    const { clock } = this.#environment;
    if (this.#mitigation !== undefined) {
      this.#live.show(mitigationSentence(this.#mitigation, clock.wallTime()));
    }
    this.#redraw = clock.after(REDRAW_MS, () => this.#draw());
  }

  /** The agent is asked once more: events may have been held back. */
  async #giveUp(): Promise<void> {
    const id = this.#mitigation?.id;
    if (id === undefined) return; // then it is done as soon as there is one
    try {
      this.#see(await this.#agent.call("mitigation.show", { id }), true);
    } catch (error) {
      this.#fail(error);
    }
  }
}
