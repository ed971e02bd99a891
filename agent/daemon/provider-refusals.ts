import { ControlError } from "../control/control-error.ts";
import type { CheckedInput } from "../control/contract.ts";
import { parsePskText } from "../host/psk-file.ts";
import type { StoredProvider } from "../store/agent-store.ts";

/** Why something about a provider is refused, in words for whoever asked. */

/** What a draft proves itself with. @throws {ControlError} `bad-key`; the words never hold any of it. */
export function credentialOf({
  pskIdentity,
  key,
}: Pick<CheckedInput<"provider.add">, "pskIdentity" | "key">): StoredProvider["credential"] {
  const octets = parsePskText(key);
  if (typeof octets !== "string") return { type: "psk", identity: pskIdentity, key: octets };
  throw new ControlError({
    reason: "bad-key",
    message: `The key ${octets}.`,
    hint: "Enter the key as your provider gave it to you: as it is, or with hex: or base64: before it.",
  });
}

/** Several could be asked. */
export function whichProvider(names: readonly string[]): ControlError {
  return new ControlError({
    reason: "which-provider",
    message: "There are several providers: say which one to ask.",
    hint: `Name one of ${names.map((name) => `"${name}"`).join(", ")}.`,
  });
}

/** The same server with the same identity. */
export function providerKnown({ name }: StoredProvider): ControlError {
  return new ControlError({
    reason: "provider-known",
    message: `"${name}" is that server already, with the same identity.`,
    hint: "Two providers with one server and one identity would get in each other's way.",
  });
}

/** Something lives there. */
export function providerInUse(name: string, live: number): ControlError {
  const what = live === 1 ? "One mitigation lives" : `${live} mitigations live`;
  return new ControlError({
    reason: "provider-in-use",
    message: `${what} at "${name}".`,
    hint: "Stop what lives there first; then remove the provider.",
  });
}

/** Nobody could be asked. */
export function noProvider(): ControlError {
  return new ControlError({
    reason: "no-provider",
    message: "There is no provider to ask.",
    hint: "Add your provider first, or the practice provider to try things out.",
  });
}

/** The practice provider does not start. */
export function practiceFailed(why: string, cause?: unknown): ControlError {
  return new ControlError({
    reason: "practice-failed",
    message: `The practice provider cannot be started: ${why}.`,
    hint: "The agent's log may say more.",
    cause,
  });
}
