import { NetError } from "../ports.ts";
import type { NetErrorCode } from "../ports.ts";

const CODES: ReadonlyMap<string, NetErrorCode> = new Map([
  ["EADDRINUSE", "net/address-in-use"],
  ["EADDRNOTAVAIL", "net/address-unavailable"],
  ["EACCES", "net/permission"],
  ["EPERM", "net/permission"],
  ["ECONNREFUSED", "net/refused"],
  ["ENETUNREACH", "net/unreachable"],
  ["EHOSTUNREACH", "net/unreachable"],
  ["ENETDOWN", "net/unreachable"],
  ["EHOSTDOWN", "net/unreachable"],
  ["EAFNOSUPPORT", "net/unreachable"],
  ["ENOTFOUND", "net/unreachable"],
  ["EAI_AGAIN", "net/unreachable"],
  ["ENODATA", "net/unreachable"],
  ["ETIMEDOUT", "net/timeout"],
  ["ECONNRESET", "net/reset"],
  ["ECONNABORTED", "net/reset"],
  ["EPIPE", "net/reset"],
  ["EMSGSIZE", "net/too-large"],
  ["ERR_SOCKET_DGRAM_NOT_RUNNING", "net/closed"],
  ["ERR_STREAM_DESTROYED", "net/closed"],
  ["ERR_STREAM_WRITE_AFTER_END", "net/closed"],
  ["ERR_SOCKET_CLOSED", "net/closed"],
]);

/** Maps whatever the runtime threw or reported to the closed set of network faults; `doing` says at what. */
export function netError(cause: unknown, doing: string): NetError {
  if (cause instanceof NetError) return cause;
  const code = systemCode(cause);
  const why = code ?? (cause instanceof Error ? cause.message : String(cause));
  return new NetError(CODES.get(code ?? "") ?? "net/other", `${doing}: ${why}`, { cause });
}

function systemCode(cause: unknown): string | undefined {
  if (!(cause instanceof Error) || !("code" in cause)) return undefined;
  return typeof cause.code === "string" ? cause.code : undefined;
}
