import { ControlError } from "./control-error.ts";
import { isReason } from "./reasons.ts";
import { isJsonObject, type JsonObject } from "./rpc.ts";

/** Longer words of a peer are cut. */
const MAX_WORDS = 2000;

/**
 * The refusal that an error object of JSON-RPC stands for. What has no reason of the contract comes from no agent of
 * ours: a fault.
 */
export function refusalOf(error: JsonObject): ControlError {
  const data: JsonObject = isJsonObject(error["data"]) ? error["data"] : {};
  const { reason, hint } = data;
  return new ControlError({
    reason: isReason(reason) ? reason : "internal",
    message: words(error["message"]) ?? "the agent gave no reason",
    hint: words(hint),
  });
}

function words(text: unknown): string | undefined {
  return typeof text === "string" ? text.slice(0, MAX_WORDS) : undefined;
}
