import assert from "node:assert/strict";
import { DotsClient, type DotsClientOptions } from "../../../../agent/dots/client/client.ts";
import type { DotsBody, MitigationScope } from "../../../../agent/wire/cbor/types.ts";
import type { CoapMessage } from "../../../../agent/wire/coap/message.ts";
import { ScriptedPeer, type ScriptedAnswer } from "../../../support/scripted-peer.ts";
import { seeded } from "../../../support/seeded.ts";
import { transportPair } from "../../../support/transport-pair.ts";
import { VirtualClock } from "../../../support/virtual-clock.ts";

/** A client and a scripted server, joined on a virtual clock. */

export const SCOPE: MitigationScope = { "target-prefix": ["203.0.113.0/28"], lifetime: 3600 };

export function bodyOf(...scope: MitigationScope[]): DotsBody {
  return { "ietf-dots-signal-channel:mitigation-scope": { scope } };
}

export const GRANTED = bodyOf({ mid: 7, lifetime: 1800 });
export const STATUS = bodyOf({ mid: 7, lifetime: 1700, status: "attack-successfully-mitigated" });

export interface Scene {
  readonly clock: VirtualClock;
  readonly client: DotsClient;
  readonly peer: ScriptedPeer;
}

export function scene(
  script: (request: CoapMessage, count: number) => ScriptedAnswer | undefined,
  options: Partial<DotsClientOptions> = {},
): Scene {
  const clock = new VirtualClock();
  const { a, b } = transportPair(clock, { delayMs: 5, rttMs: 10 });
  let count = 0;
  const peer = new ScriptedPeer(b, (request) => script(request, (count += 1)));
  const client = new DotsClient({ clock, random: seeded(1) }, a, {
    cuid: "me",
    heartbeat: false,
    ...options,
  });
  return { clock, client, peer };
}

/** Lets time pass until the promise is settled, at most a minute. */
export async function settled<T>(clock: VirtualClock, promise: Promise<T>): Promise<T> {
  const outcome = { settled: false };
  const settling = promise.finally(() => (outcome.settled = true));
  settling.catch(() => undefined);
  for (let i = 0; i < 6000 && !outcome.settled; i += 1) await clock.advance(10);
  assert.ok(outcome.settled, "settled within a minute");
  return settling;
}
