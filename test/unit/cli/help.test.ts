import assert from "node:assert/strict";
import { test } from "node:test";
import type { Command } from "commander";
import { agentCommand } from "../../../agent/cli/agent-command.ts";
import { consoleCommand } from "../../../agent/cli/console-command.ts";
import { eventsCommand } from "../../../agent/cli/events-command.ts";
import { mitigationCommand } from "../../../agent/cli/mitigation-command.ts";
import { providerCommand } from "../../../agent/cli/provider-command.ts";
import { requestCommand } from "../../../agent/cli/request-command.ts";
import { statusCommand } from "../../../agent/cli/status-command.ts";
import { targetCommand } from "../../../agent/cli/target-command.ts";

const GROUPS = [
  agentCommand(),
  statusCommand(),
  requestCommand(),
  mitigationCommand(),
  targetCommand(),
  providerCommand(),
  eventsCommand(),
  consoleCommand(),
];

/** A command and all below it, each with the words that name it. */
function all(command: Command, above: string): { command: Command; name: string }[] {
  const name = `${above} ${command.name()}`;
  return [{ command, name }, ...command.commands.flatMap((child) => all(child, name))];
}

function helpOf(command: Command): string {
  let text = "";
  command.configureOutput({ writeOut: (piece) => (text += piece) }).outputHelp();
  return text;
}

for (const { command, name } of GROUPS.flatMap((group) => all(group, "mayday"))) {
  test(`${name} --help: what it does, every flag, and an example that it takes`, () => {
    const help = helpOf(command);
    assert.match(command.description(), /\S/);
    const example = /\nExample:\n {2}(.*(?:\\\n.*)*)/.exec(help)?.[1] ?? "";
    assert.ok(example.startsWith(name), example);
    for (const option of command.options) assert.match(option.description, /\S/, option.flags);
    for (const flag of example.match(/--[\w-]+/g) ?? []) {
      const takers = [command, ...command.commands]; // the example of a group is one of its commands
      const isTaken = takers.some(({ options }) => options.some(({ long }) => long === flag));
      assert.ok(isTaken, flag);
    }
    const isGroup = command.commands.length > 0;
    assert.equal(help.includes("--json"), !isGroup || example.includes("--json"));
  });
}
