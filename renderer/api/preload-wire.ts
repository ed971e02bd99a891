import type {
  CallInput,
  CallName,
  CallOutput,
  CallProgress,
  EventName,
  EventPayload,
} from "../../agent/control/contract.ts";
import { ControlError } from "../../agent/control/control-error.ts";
import { ControlGone } from "../../agent/control/control-gone.ts";
import type { CallOptions, ControlApi } from "../../agent/control/handlers.ts";
import { isReason } from "../../agent/control/reasons.ts";
import { isJsonObject } from "../../agent/control/rpc.ts";
import { DialError, type AgentWire } from "./agent-link.ts";

/** What the desktop shell's preload puts on `window`. */
export interface PreloadBridge {
  /** Rejects with a plain `{reason, message, hint}`. */
  call<Name extends CallName>(
    name: Name,
    input: CallInput<Name>,
    onProgress?: (value: CallProgress<Name>) => void,
  ): Promise<CallOutput<Name>>;
  /** The returned function ends it. */
  on<Name extends EventName>(
    name: Name,
    listener: (payload: EventPayload<Name>) => void,
  ): () => void;
}

declare global {
  interface Window {
    readonly mayday?: PreloadBridge;
  }
}

/** The agent behind the desktop shell, which keeps the connection itself: an answer shows that there is one. */
export function preloadWire(bridge: PreloadBridge): AgentWire {
  const api = preloadApi(bridge);
  return {
    api,
    hangUp: () => {},
    dial: async () => {
      await api.call("agent.status", {}).catch((error: unknown) => {
        if (error instanceof ControlError) return; // a no is an answer, too
        throw new DialError("no-agent", "the agent does not answer", { cause: error });
      });
    },
  };
}

function preloadApi(bridge: PreloadBridge): ControlApi {
  return {
    call: async <Name extends CallName>(
      name: Name,
      input: CallInput<Name>,
      { onProgress, signal }: CallOptions<Name> = {},
    ): Promise<CallOutput<Name>> => {
      try {
        return await bridge.call(name, input, (value) => {
          if (signal?.aborted !== true) onProgress?.(value);
        });
      } catch (error) {
        throw controlErrorOf(error);
      }
    },
    on: (name, listener) => ({ stop: bridge.on(name, listener) }),
  };
}

/** What crosses the bridge has lost its class. */
function controlErrorOf(error: unknown): ControlError | ControlGone {
  const { reason, message, hint }: { reason?: unknown; message?: unknown; hint?: unknown } =
    isJsonObject(error) ? error : {};
  const words = typeof message === "string" ? message : "the agent gave no reason";
  if (!isReason(reason)) return new ControlGone("lost", words, { cause: error });
  return new ControlError({
    reason,
    message: words,
    hint: typeof hint === "string" ? hint : undefined,
    cause: error,
  });
}
