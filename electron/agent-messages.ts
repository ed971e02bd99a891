/** What the main process and the agent's process tell each other beside the control channel. */

/** From the main process. With `attach` comes the port that is the control channel. */
export type HostMessage = { readonly tag: "attach" } | { readonly tag: "stop" };

/** From the agent's process. */
export type AgentMessage =
  /** It answers. `joined`: for another agent, which runs already and serves this data directory. */
  | { readonly tag: "ready"; readonly joined: boolean }
  /** It cannot start, and ends. For a person. */
  | { readonly tag: "failed"; readonly message: string };

/** Whether what came is a message to the agent's process. */
export function isHostMessage(value: unknown): value is HostMessage {
  const tag = tagOf(value);
  return tag === "attach" || tag === "stop";
}

/** Whether what came is a message of the agent's process. */
export function isAgentMessage(value: unknown): value is AgentMessage {
  if (typeof value !== "object" || value === null) return false;
  const tag = tagOf(value);
  if (tag === "ready") return "joined" in value && typeof value.joined === "boolean";
  return tag === "failed" && "message" in value && typeof value.message === "string";
}

function tagOf(value: unknown): unknown {
  return typeof value === "object" && value !== null && "tag" in value ? value.tag : undefined;
}
