import type { Channel } from "../../agent/control/channel.ts";
import { isHostMessage } from "../agent-messages.ts";
import type { AgentMessage } from "../agent-messages.ts";

/** An agent that runs in this process. */
export interface OwnAgent {
  /** Serves the window over this channel. */
  attach(channel: Channel): void;
  /** Says goodbye to servers and releases everything. */
  close(): Promise<void>;
}

/** What the agent's process is made of. */
export interface EntryParts<Port> {
  /** To the main process; Electron's `process.parentPort`. */
  readonly parent: {
    on(event: "message", listener: (event: { data: unknown; ports: Port[] }) => void): unknown;
    postMessage(message: AgentMessage): void;
  };
  /** Makes a control channel of the port that came with `attach`. */
  readonly channelOf: (port: Port) => Channel;
  /** Starts the agent; undefined: another one runs on this data directory. */
  readonly start: () => Promise<OwnAgent | undefined>;
  /** A channel to that other one. */
  readonly join: () => Promise<Channel>;
  readonly exit: (code: number) => void;
}

/**
 * The life of the agent's process: it runs the agent, or, where one runs already (started by hand, or by the system),
 * passes the window's words on to that. The window need not know which. When the other one ends, so does this process,
 * and the next one starts an agent of its own.
 */
export function runAgentProcess<Port>(parts: EntryParts<Port>): void {
  const { parent, exit } = parts;
  /** How to end what was started; resolves when it is started, or never will be. */
  let started: Promise<() => Promise<void>> = Promise.resolve(async () => {});
  let stopping = false;

  const serve = async (port: Port): Promise<() => Promise<void>> => {
    const window = parts.channelOf(port);
    const agent = await parts.start();
    if (agent !== undefined) {
      agent.attach(window);
      tell({ tag: "ready", joined: false });
      return () => agent.close();
    }
    const other = await parts.join();
    relay(window, other, () => exit(0));
    tell({ tag: "ready", joined: true });
    return async () => other.close();
  };

  const tell = (message: AgentMessage): void => {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a process, not a window
    if (!stopping) parent.postMessage(message);
  };

  const attach = (port: Port): void => {
    started = serve(port);
    started.catch((error: unknown) => {
      tell({ tag: "failed", message: wordsOf(error) });
      exit(1);
    });
  };

  const stop = (): void => {
    stopping = true;
    started
      .then((end) => end())
      .then(
        () => exit(0),
        () => exit(1),
      );
  };

  parent.on("message", ({ data, ports: [port] }) => {
    if (!isHostMessage(data)) return;
    if (data.tag === "stop") stop();
    else if (port !== undefined) attach(port);
  });
}

/** Passes whole messages on, both ways; when one side ends, the other one does. */
function relay(window: Channel, agent: Channel, onEnd: () => void): void {
  window.listen({ message: (text) => agent.send(text), closed: () => agent.close() });
  agent.listen({
    message: (text) => window.send(text),
    closed: () => {
      window.close();
      onEnd();
    },
  });
}

function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const hint = "hint" in error && typeof error.hint === "string" ? ` ${error.hint}` : "";
  return `${error.message}.${hint}`;
}
