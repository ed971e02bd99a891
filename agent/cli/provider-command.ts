import { Command } from "commander";
import { contract, type CallInput, type CallOutput, type Provider } from "../control/contract.ts";
import { describeField, summaryOf } from "../control/describe.ts";
import { textArgument } from "./contract-argument.ts";
import { processEnvironment, type ControlEnvironment } from "./control-environment.ts";
import { addAgentFlags, tell, withAgent, type AgentFlags } from "./control-session.ts";
import { usageError } from "./exit.ts";
import { clockTime, columns, harmless } from "./plain.ts";
import { addServerFlags, draftOf, type ServerFlags } from "./provider-draft.ts";
import { testProvider } from "./provider-test.ts";

interface AddFlags extends AgentFlags, ServerFlags {
  readonly practice?: true;
}

type TestFlags = AgentFlags & ServerFlags;

const EXAMPLE_SERVER = `--server dots.example.net \\
      --psk-identity branch --psk-file branch.psk`;

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
      `\nExample:\n  mayday provider add "Example Networks" ${EXAMPLE_SERVER}\n  mayday provider add --practice`,
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
      tell(environment, flags, providers, listText);
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

function removedText(
  provider: string,
  { left }: CallOutput<"provider.remove">,
  nowMs: number,
): string {
  const name = harmless(provider);
  const forgotten = `${name} is forgotten, and its key erased.\n`;
  if (left === null) return forgotten;
  const targets = left.targets.map(harmless).join(", ");
  const until = left.until === null ? "" : ` until ${clockTime(left.until, nowMs)}`;
  return `${forgotten}  It may go on filtering traffic to ${targets}${until}, since it was not told to stop.\n`;
}

const nameArgument = textArgument(contract.calls.provider.add.input.shape.name);

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
  const { server, pskIdentity, pskFile } = flags;
  const isNew = [server, pskIdentity, pskFile].some((value) => value !== undefined);
  if (name !== undefined && isNew) {
    throw usageError("name a provider, or give the server and key of another, but not both");
  }
  if (name !== undefined) return { provider: name };
  if (!isNew) throw usageError("name a provider, or give --server, --psk-identity and --psk-file");
  return { draft: draftOf(environment, "not added", flags) };
}

function addedText({ name, server }: Provider): string {
  return `${harmless(name)} is added (${harmless(server)}). How it goes: mayday status\n`;
}

function practiceText(provider: Provider): string {
  const { name, server, prefixes } = provider;
  return `${harmless(name)} runs inside the agent (${harmless(server)}). It filters nothing, but behaves as one that does.
  Ask it for help with any address of ${prefixes.map(harmless).join(", ")}:
  mayday request 203.0.113.7:443
`;
}

function listText(providers: readonly Provider[]): string {
  if (providers.length === 0) return "There is no provider yet: mayday provider add --help\n";
  return columns(
    providers.map(({ name, server, pskIdentity, kind }) => [
      harmless(name),
      harmless(server),
      kind === "practice" ? "practice" : `identity ${harmless(pskIdentity)}`,
    ]),
  );
}

function detailsText(provider: Provider, nowMs: number): string {
  const { id, name, kind, server, pskIdentity, addedAt, prefixes } = provider;
  const rows = [
    ["  id", harmless(id)],
    ["  server", harmless(server)],
    ["  identity", harmless(pskIdentity)],
    ["  added", clockTime(addedAt, nowMs)],
    ...(prefixes.length === 0 ? [] : [["  prefixes", prefixes.map(harmless).join(", ")]]),
  ];
  return `${harmless(name)}${kind === "practice" ? " (filters nothing)" : ""}\n${columns(rows)}`;
}
