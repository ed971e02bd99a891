import { MAX_MESSAGE_OCTETS } from "./channel.ts";
import type { Reason } from "./contract.ts";

/**
 * The messages of JSON-RPC 2.0, one text each, as pure functions. Batches are not spoken. What is told without being
 * asked are notifications: `event`, `progress` and `cancel`.
 */

/** What names a call on its connection; chosen by the caller. */
export type RpcId = string | number;

/** JSON-RPC's error object. `data` says what scripts compare and people try next. */
export interface RpcError {
  readonly code: number;
  readonly message: string;
  readonly data: { readonly reason: Reason; readonly hint?: string | undefined };
}

/** The closed set of what is wrong with a text that is no message. */
export type RpcFault = "not-json" | "batch" | "not-rpc";

/** One message that was read. What `params`, `result` and `error` hold is unchecked. */
export type RpcMessage =
  | {
      readonly tag: "request";
      readonly id: RpcId;
      readonly method: string;
      readonly params: object;
    }
  | { readonly tag: "notification"; readonly method: string; readonly params: object }
  | { readonly tag: "response"; readonly id: RpcId; readonly result: unknown }
  | { readonly tag: "error"; readonly id: RpcId | null; readonly error: JsonObject }
  | { readonly tag: "invalid"; readonly id: RpcId | null; readonly fault: RpcFault };

/** An object that came as JSON: its members are unknown. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Whether a value is an object with members: neither null nor an array. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Longer ones help nobody, and each is kept while its call runs. */
const MAX_ID_CHARS = 128;

/** Reads one message. Total: whatever is no message comes back as `invalid`. */
export function parseRpc(text: string): RpcMessage {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { tag: "invalid", id: null, fault: "not-json" };
  }
  if (Array.isArray(value)) return { tag: "invalid", id: null, fault: "batch" };
  return isJsonObject(value) ? classify(value) : { tag: "invalid", id: null, fault: "not-rpc" };
}

function classify(message: JsonObject): RpcMessage {
  const id = isRpcId(message["id"]) ? message["id"] : null;
  const invalid = { tag: "invalid", id, fault: "not-rpc" } as const;
  if (message["jsonrpc"] !== "2.0") return invalid;
  if (Object.hasOwn(message, "method")) return asking(message, id) ?? invalid;
  if (Object.hasOwn(message, "error")) {
    const error = message["error"];
    return isJsonObject(error) ? { tag: "error", id, error } : invalid;
  }
  if (id === null || !Object.hasOwn(message, "result")) return invalid;
  return { tag: "response", id, result: message["result"] };
}

function asking(message: JsonObject, id: RpcId | null): RpcMessage | undefined {
  const { method, params = {} } = message;
  if (typeof method !== "string" || typeof params !== "object" || params === null) return undefined;
  if (!Object.hasOwn(message, "id")) return { tag: "notification", method, params };
  return id === null ? undefined : { tag: "request", id, method, params };
}

/** Whether a value can name a call. */
export function isRpcId(value: unknown): value is RpcId {
  if (typeof value === "string") return value.length <= MAX_ID_CHARS;
  return typeof value === "number" && Number.isFinite(value);
}

/** The text of a call. */
export function formatRequest(id: RpcId, method: string, params: unknown): string {
  return JSON.stringify({ jsonrpc: "2.0", id, method, params });
}

/** The text of what nobody answers. */
export function formatNotification(method: string, params: unknown): string {
  return JSON.stringify({ jsonrpc: "2.0", method, params });
}

/** The text of an answer. */
export function formatResult(id: RpcId, result: unknown): string {
  return JSON.stringify({ jsonrpc: "2.0", id, result });
}

/** The text of a refusal. `null`: of what could not be read. */
export function formatError(id: RpcId | null, error: RpcError): string {
  return JSON.stringify({ jsonrpc: "2.0", id, error });
}

const CODES: Readonly<Partial<Record<Reason, number>>> = {
  "unknown-method": -32_601,
  "invalid-input": -32_602,
};

/** The error object of a refusal. */
export function rpcErrorOf(reason: Reason, message: string, hint?: string): RpcError {
  return { code: CODES[reason] ?? -32_000, message, data: { reason, hint } };
}

const FAULTS: Readonly<Record<RpcFault, readonly [code: number, message: string]>> = {
  "not-json": [-32_700, "this is not JSON: one message a line is expected, as a JSON object"],
  batch: [-32_600, "batches are not spoken here: send one call at a time"],
  "not-rpc": [-32_600, 'this is no JSON-RPC 2.0 call: {"jsonrpc":"2.0","id":1,"method":…}'],
};

/** The error object for a text that is no message. */
export function rpcErrorOfFault(fault: RpcFault): RpcError {
  const [code, message] = FAULTS[fault];
  return { code, message, data: { reason: "invalid-input" } };
}

/** The error object for a message that is longer than is taken. The connection ends with it. */
export const TOO_LONG: RpcError = {
  code: -32_600,
  message: `a message is longer than ${MAX_MESSAGE_OCTETS} octets`,
  data: { reason: "invalid-input" },
};
