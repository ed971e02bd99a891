/** The entry of the agent's process. */
import { connect } from "node:net";
import { join } from "node:path";
import process from "node:process";
import type { Channel } from "../../agent/control/channel.ts";
import { LineChannel } from "../../agent/control/transport/line-channel.ts";
import { ControlListenError } from "../../agent/control/transport/listen-error.ts";
import { messagePortChannel } from "../../agent/control/transport/message-port.ts";
import { connectControl } from "../../agent/control/transport/socket-client.ts";
import { controlPathOf, dataDirOf, surroundings } from "../../agent/host/data-dir.ts";
import { startAgent } from "../../agent/main.ts";
import { runAgentProcess } from "./agent-entry.ts";
import type { OwnAgent } from "./agent-entry.ts";
import { shellLog } from "./shell-log.ts";

const here = surroundings();
const dataDir = dataDirOf(here);
const controlPath = controlPathOf(here, dataDir);

/** As long as an answer of the agent's may be: a thousand entries of its log. */
const MAX_ANSWER_OCTETS = 67_108_864;

async function start(): Promise<OwnAgent | undefined> {
  try {
    const agent = await startAgent({
      dataDir,
      controlPath,
      console: { folder: join(import.meta.dirname, "..", "..", "renderer") },
      log: shellLog("agent"),
      practice: true,
    });
    return {
      attach: (channel) => agent.attach(channel, "admin"), // the window is the user's own
      close: () => agent.close(),
    };
  } catch (error) {
    if (error instanceof ControlListenError && error.code === "in-use") return undefined;
    throw error;
  }
}

/** `connectControl` makes sure that it is an agent, and the user's own; its words are then passed on as they are. */
async function joinOther(): Promise<Channel> {
  const met = await connectControl(controlPath, { validate: false });
  met.close();
  const socket = connect({ path: controlPath });
  return new LineChannel(socket, { maxLineOctets: MAX_ANSWER_OCTETS });
}

process.on("SIGINT", () => {}); // Ctrl-C reaches every process of a terminal; the main process says when to end
runAgentProcess({
  parent: process.parentPort,
  channelOf: messagePortChannel,
  start,
  join: joinOther,
  exit: (code) => process.exit(code),
});
