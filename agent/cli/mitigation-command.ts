import { Command } from "commander";
import { contract, type Mitigation } from "../control/contract.ts";
import { describeField, summaryOf } from "../control/describe.ts";
import { textArgument } from "./contract-argument.ts";
import { processEnvironment, type ControlEnvironment } from "./control-environment.ts";
import { addAgentFlags, conclude, tell, withAgent, type AgentFlags } from "./control-session.ts";
import { mitigationDetails, mitigationSentence } from "./mitigation-text.ts";
import { withdrawalVerdict } from "./mitigation-verdict.ts";
import { awaitMitigation } from "./mitigation-wait.ts";
import { columns, harmless } from "./plain.ts";
import { addWaitFlags, type WaitFlags } from "./wait-flags.ts";

/** `mayday mitigation`: what was asked of providers. */
export function mitigationCommand(environment: ControlEnvironment = processEnvironment()): Command {
  return new Command("mitigation")
    .description("what was asked of providers, and how it goes")
    .addHelpText("after", "\nExample:\n  mayday mitigation list")
    .addCommand(listCommand(environment))
    .addCommand(showCommand(environment))
    .addCommand(withdrawCommand(environment));
}

function listCommand(environment: ControlEnvironment): Command {
  return addAgentFlags(new Command("list"))
    .description(summaryOf("mitigation.list"))
    .option("--all", describeField("mitigation.list", "all"))
    .addHelpText("after", "\nExample:\n  mayday mitigation list --all")
    .action(async (flags: AgentFlags & { readonly all?: true }) => {
      const found = await withAgent(environment, flags, (agent) =>
        agent.call("mitigation.list", { all: flags.all === true }),
      );
      tell(environment, flags, found, (all) => listText(all, environment.clock.wallTime()));
    });
}

function showCommand(environment: ControlEnvironment): Command {
  const command = new Command("show").description(summaryOf("mitigation.show"));
  return addAgentFlags(addIdArgument(command))
    .addHelpText("after", `\nExample:\n  mayday mitigation show ${EXAMPLE_ID} --json`)
    .action(async (id: string, flags: AgentFlags) => {
      const found = await withAgent(environment, flags, (agent) =>
        agent.call("mitigation.show", { id }),
      );
      tell(environment, flags, found, (one) =>
        mitigationDetails(one, environment.clock.wallTime()),
      );
    });
}

function withdrawCommand(environment: ControlEnvironment): Command {
  const command = new Command("withdraw").description(summaryOf("mitigation.withdraw"));
  return addWaitFlags(addAgentFlags(addIdArgument(command)), "until the provider has stopped")
    .addHelpText("after", `\nExample:\n  mayday mitigation withdraw ${EXAMPLE_ID} --wait`)
    .action((id: string, flags: AgentFlags & WaitFlags) => withdraw(environment, id, flags));
}

const EXAMPLE_ID = "7";

function addIdArgument(command: Command): Command {
  const { id } = contract.calls.mitigation.show.input.shape;
  return command.argument("<id>", describeField("mitigation.show", "id"), textArgument(id));
}

async function withdraw(
  environment: ControlEnvironment,
  id: string,
  flags: AgentFlags & WaitFlags,
): Promise<void> {
  const { mitigation, fault } = await withAgent(environment, flags, (agent) =>
    awaitMitigation(environment, agent, flags, {
      ask: () => agent.call("mitigation.withdraw", { id }),
      verdict: withdrawalVerdict,
    }),
  );
  conclude(environment, flags, mitigation, withdrawnText(environment), fault);
}

function withdrawnText({ clock }: ControlEnvironment): (mitigation: Mitigation) => string {
  return (mitigation) => {
    const isOver = mitigation.phase !== "withdrawing";
    const goesOn = isOver ? "" : "\n  The agent goes on until it has answered.";
    return `${mitigationSentence(mitigation, clock.wallTime())}${goesOn}\n`;
  };
}

function listText(mitigations: readonly Mitigation[], nowMs: number): string {
  if (mitigations.length === 0) return "There is none.\n";
  return columns(mitigations.map((one) => [harmless(one.id), mitigationSentence(one, nowMs)]));
}
