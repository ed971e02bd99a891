import { ClientCore } from "../../agent/control/client-core.ts";
import { ControlGone } from "../../agent/control/control-gone.ts";
import type { LostWhy } from "../model/link-state.ts";
import { DialError, type AgentWire } from "./agent-link.ts";
import { WebSocketChannel } from "./websocket-channel.ts";

const UNAUTHORIZED = 401;

/** The agent that serves this page, over the WebSocket beside it. */
export function webSocketWire(page: URL): AgentWire {
  let onLost: ((why: LostWhy) => void) | undefined;
  let socket: WebSocket | undefined;
  const core = new ClientCore({ onLost: (why) => onLost?.(lostWhyOf(why)) });
  const hangUp = (): void => {
    onLost = undefined;
    core.close();
    socket?.close();
  };
  return {
    api: core,
    hangUp,
    dial: async (lost) => {
      hangUp();
      socket = new WebSocket(controlUrl(page));
      await opened(socket, page);
      core.attach(new WebSocketChannel(socket));
      await core.hello().catch((error: unknown) => {
        throw new DialError(lostWhyOf(error), "the agent did not introduce itself", {
          cause: error,
        });
      });
      onLost = lost;
    },
  };
}

function controlUrl(page: URL): URL {
  const url = new URL("control", page);
  url.protocol = page.protocol === "https:" ? "wss:" : "ws:";
  return url;
}

function opened(socket: WebSocket, page: URL): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.addEventListener("open", () => resolve(), { once: true });
    const closed = async (): Promise<void> => {
      const why = (await isSignedOut(page)) ? "signed-out" : "no-agent";
      reject(new DialError(why, "the agent could not be reached"));
    };
    socket.addEventListener("close", () => void closed(), { once: true });
  });
}

/** A WebSocket does not tell why it was refused; the page itself, asked for again, does. */
async function isSignedOut(page: URL): Promise<boolean> {
  try {
    const answer = await fetch(new URL("./", page), { method: "HEAD", cache: "no-store" });
    return answer.status === UNAUTHORIZED;
  } catch {
    return false;
  }
}

function lostWhyOf(error: unknown): LostWhy {
  const code = error instanceof ControlGone ? error.code : undefined;
  return code === "other-version" ? "other-version" : "no-agent";
}
