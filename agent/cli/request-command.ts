import { Command } from "commander";
import { contract, type Mitigation, type ScopePreview } from "../control/contract.ts";
import { describeField, summaryOf } from "../control/describe.ts";
import { numberArgument, textArgument } from "./contract-argument.ts";
import { processEnvironment, type ControlEnvironment } from "./control-environment.ts";
import {
  addAgentFlags,
  conclude,
  withAgent,
  type Agent,
  type AgentFlags,
} from "./control-session.ts";
import { CliError, EXIT } from "./exit.ts";
import { mitigationSentence } from "./mitigation-text.ts";
import { requestVerdict } from "./mitigation-verdict.ts";
import { awaitMitigation, type Awaited } from "./mitigation-wait.ts";
import { columns, duration, harmless } from "./plain.ts";
import { scopeText } from "./scope-text.ts";
import { addWaitFlags, type WaitFlags } from "./wait-flags.ts";

interface RequestFlags extends AgentFlags, WaitFlags {
  readonly provider?: string;
  readonly lifetime: number;
  readonly yes?: true;
}

const { shape } = contract.calls.mitigation.request.input;
const { provider: providerField } = contract.calls.provider.show.input.shape;

const EXIT_HELP = `
Without --wait the command ends as soon as the agent keeps the request, which goes on by itself. With it: 0 once the
provider filters (or has accepted, if it tells no more), 3 if it refuses, 4 if it has not answered in time.
On a terminal you are shown what will be asked for first; a script is not asked.`;

/** `mayday request`: asks for help. */
export function requestCommand(environment: ControlEnvironment = processEnvironment()): Command {
  const command = new Command("request")
    .description(summaryOf("mitigation.request"))
    .argument("<target...>", describeField("mitigation.request", "targets"), collectTarget)
    .option(
      "--provider <name>",
      describeField("mitigation.request", "provider"),
      textArgument(providerField),
    )
    .option(
      "--lifetime <seconds>",
      describeField("mitigation.request", "lifetimeS"),
      numberArgument(shape.lifetimeS),
      shape.lifetimeS.parse(undefined),
    )
    .option("--yes", "ask the provider without asking you first");
  return addWaitFlags(addAgentFlags(command), "until the provider filters or refuses")
    .addHelpText(
      "after",
      `\nExample:\n  mayday request 203.0.113.7:443/tcp --lifetime 3600 --wait\n${EXIT_HELP}`,
    )
    .action((targets: readonly string[], flags: RequestFlags) =>
      request(environment, targets, flags),
    );
}

const readTarget = textArgument(shape.targets.element);

function collectTarget(text: string, before: readonly string[] = []): string[] {
  return [...before, readTarget(text)];
}

async function request(
  environment: ControlEnvironment,
  targets: readonly string[],
  flags: RequestFlags,
): Promise<void> {
  const { mitigation, fault } = await withAgent(environment, flags, (agent) =>
    askFor(environment, agent, targets, flags),
  );
  const isOver = mitigation.phase === "ended" || mitigation.phase === "refused";
  const text = (one: Mitigation): string =>
    isOver && fault !== undefined ? "" : keptText(one, environment.clock.wallTime());
  conclude(environment, flags, mitigation, text, fault);
}

async function askFor(
  environment: ControlEnvironment,
  agent: Agent,
  targets: readonly string[],
  flags: RequestFlags,
): Promise<Awaited> {
  const given = { targets: [...targets] };
  const preview = await agent.call(
    "scope.preview",
    flags.provider === undefined ? given : { ...given, provider: flags.provider },
  );
  await agree(environment, preview, flags);
  const draft = {
    ...given,
    provider: preview.provider.id, // the one that was shown, whatever has been added meanwhile
    lifetimeS: flags.lifetime,
    requestKey: crypto.randomUUID(),
  };
  const living = await agent.call("mitigation.list", {});
  const ask = async (): Promise<Mitigation> => {
    const asked = await agent.call("mitigation.request", draft);
    const isOld = living.some(({ id }) => id === asked.id);
    if (isOld) environment.output.stderr(alreadyText(asked, flags.lifetime));
    return asked;
  };
  return awaitMitigation(environment, agent, flags, { ask, verdict: requestVerdict });
}

/** What was asked for before stays as it is, whatever was said now. */
function alreadyText({ id, lifetimeS }: Mitigation, wantedS: number): string {
  const old = harmless(id);
  const already = `mayday: already asked for: request ${old}, for ${duration(lifetimeS)}`;
  if (lifetimeS === wantedS) return `${already}\n`;
  return `${already}, not ${duration(wantedS)}\n  To change that, withdraw it first: mayday mitigation withdraw ${old}\n`;
}

/** @throws {CliError} `declined` */
async function agree(
  { output, confirm }: ControlEnvironment,
  preview: ScopePreview,
  flags: RequestFlags,
): Promise<void> {
  if (confirm === undefined || flags.yes === true || flags.json === true) {
    for (const warning of preview.warnings) {
      output.stderr(`mayday: warning: ${harmless(warning)}\n`);
    }
    return;
  }
  output.stderr(previewText(preview, flags.lifetime));
  if (await confirm("Ask now? [y/N] ")) return;
  throw new CliError({ exit: EXIT.usage, code: "declined", message: "nothing was asked for" });
}

function previewText({ provider, items, warnings }: ScopePreview, lifetimeS: number): string {
  const practice = provider.kind === "practice" ? " (for practice)" : "";
  const rows = items.map(({ given, scope }) => {
    const asked = harmless(scopeText(scope));
    return asked === harmless(given) ? [`  ${asked}`] : [`  ${harmless(given)}`, asked];
  });
  const notes = warnings.map((warning) => `Note: ${harmless(warning)}\n`);
  return `${harmless(provider.name)}${practice} is going to be asked to filter traffic to
${columns(rows)}for ${duration(lifetimeS)}, renewed until you withdraw it.
${notes.join("")}`;
}

function keptText(mitigation: Mitigation, nowMs: number): string {
  const { phase } = mitigation;
  const id = harmless(mitigation.id);
  const sentence = mitigationSentence(mitigation, nowMs);
  if (phase === "ended" || phase === "refused") return `${sentence}\n`;
  const next =
    phase === "asking"
      ? `The request is kept, and sent until it is answered. How it goes: mayday mitigation show ${id}\n  `
      : "";
  return `${sentence}\n  ${next}Stop it: mayday mitigation withdraw ${id}\n`;
}
