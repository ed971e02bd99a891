import { Command } from "commander";
import { contract, type Activity } from "../control/contract.ts";
import { describeField } from "../control/describe.ts";
import { numberArgument } from "./contract-argument.ts";
import { processEnvironment, type ControlEnvironment } from "./control-environment.ts";
import { addAgentFlags, tell, withAgent, type Agent, type AgentFlags } from "./control-session.ts";
import { harmless, timestamp } from "./plain.ts";

interface EventsFlags extends AgentFlags {
  readonly follow?: true;
  readonly limit: number;
}

const { limit: limitField } = contract.calls.activity.list.input.shape;

/** `mayday events`: what happened. */
export function eventsCommand(environment: ControlEnvironment = processEnvironment()): Command {
  return addAgentFlags(new Command("events"))
    .description("what happened, oldest first")
    .option("--follow", "go on with what happens, until Ctrl-C; with --json one object a line")
    .option(
      "--limit <n>",
      `${describeField("activity.list", "limit")}, the newest of them`,
      numberArgument(limitField),
      limitField.parse(undefined),
    )
    .addHelpText("after", "\nExample:\n  mayday events --follow --limit 10")
    .action(async (flags: EventsFlags) => {
      await withAgent(environment, flags, (agent) =>
        flags.follow === true ? follow(environment, agent, flags) : list(environment, agent, flags),
      );
    });
}

async function list(
  environment: ControlEnvironment,
  agent: Agent,
  flags: EventsFlags,
): Promise<void> {
  const newestFirst = await agent.call("activity.list", { limit: flags.limit });
  tell(environment, flags, newestFirst.toReversed(), (all) => all.map(entryText).join(""));
}

/** The past, then what happens: each once, in order, until Ctrl-C or the agent's end. */
async function follow(
  environment: ControlEnvironment,
  agent: Agent,
  flags: EventsFlags,
): Promise<void> {
  const interrupted = environment.interrupted();
  let lastId = Number.NEGATIVE_INFINITY;
  let early: Activity[] | undefined = []; // what happens before the past has been told
  const show = (entry: Activity): void => {
    if (entry.id <= lastId) return;
    lastId = entry.id;
    tell(environment, flags, entry, entryText);
  };
  const subscription = agent.on("activity.logged", (entry) => {
    if (early === undefined) show(entry);
    else early.push(entry);
  });
  try {
    const newestFirst = await agent.call("activity.list", { limit: flags.limit });
    for (const entry of [...newestFirst.toReversed(), ...early]) show(entry);
    early = undefined;
    await firstOf(interrupted, agent.lost);
  } finally {
    subscription.stop();
  }
}

/** Resolves when interrupted; rejects with why the agent is lost. */
function firstOf(interrupted: AbortSignal, lost: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = (): void => resolve();
    // oxlint-disable-next-line typescript/prefer-promise-reject-errors -- the reason is the client's error
    const fail = (): void => reject(lost.reason);
    if (lost.aborted) fail();
    if (interrupted.aborted) end();
    interrupted.addEventListener("abort", end, { once: true });
    lost.addEventListener("abort", fail, { once: true });
  });
}

const MARKS: Readonly<Record<Activity["severity"], string>> = {
  info: " ",
  good: "✓",
  warn: "!",
  bad: "✗",
};

function entryText({ at, severity, text }: Activity): string {
  return `${timestamp(at)} ${MARKS[severity]} ${harmless(text)}\n`;
}
