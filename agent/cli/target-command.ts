import { Command } from "commander";
import { contract, type Target } from "../control/contract.ts";
import { describeField, summaryOf } from "../control/describe.ts";
import { textArgument } from "./contract-argument.ts";
import { processEnvironment, type ControlEnvironment } from "./control-environment.ts";
import { addAgentFlags, tell, withAgent, type AgentFlags } from "./control-session.ts";
import { columns, harmless } from "./plain.ts";
import { scopeText } from "./scope-text.ts";

const { shape } = contract.calls.target.add.input;

/** `mayday target`: names for what is to be protected. */
export function targetCommand(environment: ControlEnvironment = processEnvironment()): Command {
  return new Command("target")
    .description("names for what is to be protected")
    .addHelpText("after", '\nExample:\n  mayday target add "web shop" 203.0.113.7:443/tcp')
    .addCommand(addCommand(environment))
    .addCommand(listCommand(environment))
    .addCommand(removeCommand(environment));
}

function addCommand(environment: ControlEnvironment): Command {
  const command = new Command("add")
    .description(summaryOf("target.add"))
    .argument("<name>", describeField("target.add", "name"), textArgument(shape.name))
    .argument("<target>", describeField("target.add", "target"), textArgument(shape.target));
  return addAgentFlags(command)
    .addHelpText(
      "after",
      '\nExample:\n  mayday target add "web shop" 203.0.113.7:443/tcp\n  mayday request "web shop"',
    )
    .action(async (name: string, target: string, flags: AgentFlags) => {
      const added = await withAgent(environment, flags, (agent) =>
        agent.call("target.add", { name, target }),
      );
      tell(environment, flags, added, addedText);
    });
}

function listCommand(environment: ControlEnvironment): Command {
  return addAgentFlags(new Command("list"))
    .description(summaryOf("target.list"))
    .addHelpText("after", "\nExample:\n  mayday target list")
    .action(async (flags: AgentFlags) => {
      const targets = await withAgent(environment, flags, (agent) => agent.call("target.list", {}));
      tell(environment, flags, targets, listText);
    });
}

function removeCommand(environment: ControlEnvironment): Command {
  const command = new Command("remove")
    .description(summaryOf("target.remove"))
    .argument("<name>", describeField("target.remove", "target"), textArgument(shape.name));
  return addAgentFlags(command)
    .addHelpText("after", '\nExample:\n  mayday target remove "web shop"')
    .action(async (target: string, flags: AgentFlags) => {
      const done = await withAgent(environment, flags, (agent) =>
        agent.call("target.remove", { target }),
      );
      tell(environment, flags, done, () => `${harmless(target)} is forgotten.\n`);
    });
}

function addedText({ name, scope }: Target): string {
  return `${harmless(name)} stands for ${harmless(scopeText(scope))}.\n`;
}

function listText(targets: readonly Target[]): string {
  if (targets.length === 0) return "There is no named target yet: mayday target add --help\n";
  return columns(
    targets.map(({ name, target, scope }) => {
      const asked = harmless(scopeText(scope));
      return [harmless(name), harmless(target), asked === harmless(target) ? "" : asked];
    }),
  );
}
