import { ControlError } from "../control/control-error.ts";
import type { StoredProvider } from "../store/agent-store.ts";

/** Why something about a provider is refused, in words for whoever asked. */

/** Several could be asked. */
export function whichProvider(names: readonly string[]): ControlError {
  return new ControlError({
    reason: "which-provider",
    message: "There are several providers: say which one to ask.",
    hint: `Name one of ${names.map((name) => `"${name}"`).join(", ")}.`,
  });
}

/** The same server with the same identity, or the same key of a certificate. */
export function providerKnown({ name, credential }: StoredProvider): ControlError {
  const what = credential.type === "psk" ? "identity" : "key";
  return new ControlError({
    reason: "provider-known",
    message: `"${name}" is that server already, with the same ${what}.`,
    hint: `Two providers with one server and one ${what} would get in each other's way.`,
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
