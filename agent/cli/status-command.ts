import { Command } from "commander";
import { processEnvironment, type ControlEnvironment } from "./control-environment.ts";
import { addAgentFlags, tell, withAgent, type AgentFlags } from "./control-session.ts";
import { statusText } from "./status-text.ts";

const JSON_HELP = `
With --json, stdout has one object:
  {"agent":{"version","uptimeS","rssBytes","startedAt"},"sessions":[…],"mitigations":[…],"ended":[…],"triggers":[]}
A session's "state" is connecting, active, degraded or down; the command ends in 0 in any of them.`;

/**
 * `mayday status`: what is true now. Scripts and monitors call it again and again, so that nothing is loaded for it
 * that it could do without: not even the contract's schemas, with which the agent has checked its answer.
 */
export function statusCommand(environment: ControlEnvironment = processEnvironment()): Command {
  return addAgentFlags(new Command("status"))
    .description("how things stand with each provider, and what is being filtered")
    .addHelpText("after", `\nExample:\n  mayday status --json\n${JSON_HELP}`)
    .action(async (flags: AgentFlags) => {
      const status = await withAgent(
        environment,
        flags,
        (agent) => agent.call("agent.status", {}),
        {
          validate: false,
        },
      );
      tell(environment, flags, status, (one) => statusText(one, environment.clock.wallTime()));
    });
}
