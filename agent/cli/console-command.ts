import { Command } from "commander";
import type { CallOutput } from "../control/contract.ts";
import { processEnvironment, type ControlEnvironment } from "./control-environment.ts";
import { addAgentFlags, tell, withAgent, type AgentFlags } from "./control-session.ts";
import { clockTime, harmless } from "./plain.ts";

interface ConsoleFlags extends AgentFlags {
  readonly print?: true;
}

/** `mayday console`: the way into the web interface. */
export function consoleCommand(environment: ControlEnvironment = processEnvironment()): Command {
  return addAgentFlags(new Command("console"))
    .description("open the web interface in your browser, by a link that logs it in once")
    .option("--print", "only print the link; $MAYDAY_NO_BROWSER=1 does the same")
    .addHelpText("after", "\nExample:\n  mayday console\n  mayday console --print")
    .action(async (flags: ConsoleFlags) => {
      const link = await withAgent(
        environment,
        flags,
        (agent) => agent.call("console.link", {}),
        { validate: false }, // a link is quick to have
      );
      const isWanted = flags.print !== true && flags.json !== true;
      const isOpening = isWanted && (await environment.openBrowser(link.url));
      tell(environment, flags, link, ({ url }) => `${harmless(url)}\n`);
      if (flags.json === true) return;
      environment.output.stderr(noteText(link, isOpening, environment.clock.wallTime()));
    });
}

function noteText(
  { expiresAt }: CallOutput<"console.link">,
  isOpening: boolean,
  nowMs: number,
): string {
  const until = `It works once, until ${clockTime(expiresAt, nowMs)}.`;
  return isOpening
    ? `Your browser is opening it. ${until}\n`
    : `Open it in a browser on this machine. ${until}\n`;
}
