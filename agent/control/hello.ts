import type { contract } from "./contract.ts";
import { ControlGone } from "./control-gone.ts";
import type { Right } from "./define.ts";
import { isJsonObject, type JsonObject } from "./rpc.ts";

/** How an agent introduces itself. */
export interface Hello {
  readonly product: "mayday";
  /** The contract's version. */
  readonly contract: number;
  /** The agent's version. */
  readonly version: string;
  /** What this connection may do. */
  readonly right: Right;
}

/** The compiler holds this to the contract, whose schemas are not loaded here. */
const CONTRACT_VERSION: (typeof contract)["version"] = 1;

/** @throws {ControlGone} `not-mayday`, `other-version`. */
export function readHello(answer: unknown): Hello {
  const fields: JsonObject = isJsonObject(answer) ? answer : {};
  const { product, contract: spoken, version, right } = fields;
  if (product !== "mayday" || typeof spoken !== "number" || typeof version !== "string") {
    throw notMayday();
  }
  if (spoken !== CONTRACT_VERSION) {
    const message = `the agent is of another version: it speaks contract ${spoken}, not ${CONTRACT_VERSION}`;
    throw new ControlGone("other-version", message);
  }
  return { product, contract: spoken, version: version.slice(0, 80), right: rightOf(right) };
}

/** Another program. */
export function notMayday(cause?: unknown): ControlGone {
  return new ControlGone("not-mayday", "what answers there is not Mayday's agent", { cause });
}

/** The least, when in doubt. */
function rightOf(right: unknown): Right {
  return right === "write" || right === "admin" ? right : "read";
}
