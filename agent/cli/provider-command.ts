import { Command } from "commander";
import { contract, type CallInput } from "../control/contract.ts";
import { describeField, summaryOf } from "../control/describe.ts";
import { textArgument } from "./contract-argument.ts";
import { processEnvironment, type ControlEnvironment } from "./control-environment.ts";
import { addAgentFlags, tell, withAgent, type AgentFlags } from "./control-session.ts";
import { usageError } from "./exit.ts";
import { addServerFlags, draftOf, hasServerFlags, type ServerFlags } from "./provider-draft.ts";
import { testProvider } from "./provider-test.ts";
import { addedText, detailsText, listText, practiceText, removedText } from "./provider-text.ts";

interface AddFlags extends AgentFlags, ServerFlags {
  readonly practice?: true;
}

type TestFlags = AgentFlags & ServerFlags;

const EXAMPLE_SERVER = `--server dots.example.net \\
      --psk-identity branch --psk-file branch.psk`;
const EXAMPLE_CERTIFICATE = `--server dots.example.net \\
      --cert office.pem --key office.key --ca provider-ca.pem`;

/** `mayday provider`: whom the agent calls for help. */
export function providerCommand(environment: ControlEnvironment = processEnvironment()): Command {
  return new Command("provider")
    .description("the providers that are called for help")
    .addHelpText("after", `\nExample:\n  mayday provider add "Example Networks" ${EXAMPLE_SERVER}`)
    .addCommand(addCommand(environment))
    .addCommand(listCommand(environment))
    .addCommand(showCommand(environment))
    .addCommand(testCommand(environment))
    .addCommand(removeCommand(environment));
}

function addCommand(environment: ControlEnvironment): Command {
  const command = new Command("add")
    .description(summaryOf("provider.add"))
    .argument("[name]", describeField("provider.add", "name"), nameArgument);
  return addAgentFlags(addServerFlags(command))
    .option("--practice", summaryOf("provider.addPractice"))
    .addHelpText(
      "after",
      `\nExample:\n  mayday provider add "Example Networks" ${EXAMPLE_SERVER}\n  mayday provider add "Example Networks" ${EXAMPLE_CERTIFICATE}\n  mayday provider add --practice`,
    )
    .action((name: string | undefined, flags: AddFlags) => add(environment, name, flags));
}

function listCommand(environment: ControlEnvironment): Command {
  return addAgentFlags(new Command("list"))
    .description(summaryOf("provider.list"))
    .addHelpText("after", "\nExample:\n  mayday provider list")
    .action(async (flags: AgentFlags) => {
      const providers = await withAgent(environment, flags, (agent) =>
        agent.call("provider.list", {}),
      );
      tell(environment, flags, providers, (all) => listText(all, environment.clock.wallTime()));
    });
}

function showCommand(environment: ControlEnvironment): Command {
  const command = new Command("show").description(summaryOf("provider.show"));
  return addAgentFlags(addProviderArgument(command))
    .addHelpText("after", '\nExample:\n  mayday provider show "Example Networks"')
    .action(async (provider: string, flags: AgentFlags) => {
      const found = await withAgent(environment, flags, (agent) =>
        agent.call("provider.show", { provider }),
      );
      tell(environment, flags, found, (one) => detailsText(one, environment.clock.wallTime()));
    });
}

function testCommand(environment: ControlEnvironment): Command {
  const command = new Command("test")
    .description(summaryOf("provider.test"))
    .argument("[name]", describeField("provider.show", "provider"), nameArgument);
  return addAgentFlags(addServerFlags(command))
    .addHelpText(
      "after",
      `\nExample:\n  mayday provider test "Example Networks"\n  mayday provider test ${EXAMPLE_SERVER}`,
    )
    .action(async (name: string | undefined, flags: TestFlags) => {
      await testProvider(environment, flags, testedBy(environment, name, flags));
    });
}

function removeCommand(environment: ControlEnvironment): Command {
  const command = new Command("remove").description(summaryOf("provider.remove"));
  return addAgentFlags(addProviderArgument(command))
    .addHelpText("after", '\nExample:\n  mayday provider remove "Example Networks"')
    .action(async (provider: string, flags: AgentFlags) => {
      const done = await withAgent(environment, flags, (agent) =>
        agent.call("provider.remove", { provider }),
      );
      const nowMs = environment.clock.wallTime();
      tell(environment, flags, done, (removal) => removedText(provider, removal, nowMs));
    });
}

const nameArgument = textArgument(contract.calls.provider.show.input.shape.provider);

function addProviderArgument(command: Command): Command {
  return command.argument("<name>", describeField("provider.show", "provider"), nameArgument);
}

async function add(
  environment: ControlEnvironment,
  name: string | undefined,
  flags: AddFlags,
): Promise<void> {
  if (flags.practice === true) {
    if (name !== undefined)
      throw usageError("--practice has a name, a server and a key of its own");
    const provider = await withAgent(environment, flags, (agent) =>
      agent.call("provider.addPractice", {}),
    );
    tell(environment, flags, provider, practiceText);
    return;
  }
  if (name === undefined) throw usageError("the provider's name is missing");
  const draft = draftOf(environment, name, flags);
  const provider = await withAgent(environment, flags, (agent) =>
    agent.call("provider.add", draft),
  );
  tell(environment, flags, provider, addedText);
}

/** A provider that is there by its name, or one that is not added by its server and key. */
function testedBy(
  environment: ControlEnvironment,
  name: string | undefined,
  flags: TestFlags,
): CallInput<"provider.test"> {
  const isNew = hasServerFlags(flags);
  if (name !== undefined && isNew) {
    throw usageError("name a provider, or give the server and key of another, but not both");
  }
  if (name !== undefined) return { provider: name };
  if (!isNew) throw usageError("name a provider, or give --server and what we are known by there");
  return { draft: draftOf(environment, "not added", flags) };
}
