/** An agent in a process of its own and a browser that has logged in to it by its link. */
import type { Page } from "playwright-core";
import {
  connectControl,
  type ControlConnection,
} from "../../agent/control/transport/socket-client.ts";
import { scratchFolder, startAgentProcess, type AgentProcess } from "../support/agent-process.ts";
import type { Visit } from "../support/browser.ts";
import type { Owner } from "../support/server-process.ts";

/** What Chromium itself says while nobody listens at the agent's port, and as it ends. */
export const AGENT_GONE = /ERR_CONNECTION_(REFUSED|RESET)|WebSocket connection to .* failed/;

/** A running agent, and a connection that asks it what is true whatever a page says. */
export interface Lab {
  readonly dataDir: string;
  readonly agent: AgentProcess;
  readonly control: ControlConnection;
  /** The console's address. */
  readonly url: string;
}

/** Starts an agent that knows nothing yet. */
export async function startLab(owner: Owner): Promise<Lab> {
  const dataDir = scratchFolder(owner);
  const agent = await startAgentProcess(owner, dataDir, ["--console-port", "0"]);
  return labOf(owner, dataDir, agent);
}

/** Starts the agent again after it ended. It takes the port where the pages know it. */
export async function startAgain(owner: Owner, { dataDir }: Lab): Promise<Lab> {
  return labOf(owner, dataDir, await startAgentProcess(owner, dataDir));
}

async function labOf(owner: Owner, dataDir: string, agent: AgentProcess): Promise<Lab> {
  if (agent.console === undefined) throw new Error("there is no console");
  const control = await connectControl(agent.control, { validate: false });
  owner.after(async () => control.close());
  return { dataDir, agent, control, url: agent.console };
}

/** Logs `page` in by a fresh link. */
export async function logIn(page: Page, { control }: Lab): Promise<void> {
  const { url } = await control.call("console.link", {});
  await page.goto(url);
}

/** An agent without anything, and its page. */
export async function openNew({ page, owner }: Visit): Promise<Lab> {
  const lab = await startLab(owner);
  await logIn(page, lab);
  return lab;
}

/** An agent with the practice provider, and its page. */
export async function openPractice({ page, owner }: Visit): Promise<Lab> {
  const lab = await startLab(owner);
  await lab.control.call("provider.addPractice", {});
  await logIn(page, lab);
  return lab;
}
