import { Code } from "../../../agent/wire/coap/code.ts";
import { decodeCoapMessage, encodeCoapMessage } from "../../../agent/wire/coap/codec.ts";
import type { CoapMessage } from "../../../agent/wire/coap/message.ts";
import { stringOption } from "../../../agent/wire/coap/options.ts";
import type { CoapSessionOptions } from "../../../agent/coap/session.ts";
import { CoapSession } from "../../../agent/coap/session.ts";
import type { CoapRequest, CoapResponse, Method } from "../../../agent/coap/types.ts";
import { seeded } from "../../support/seeded.ts";
import { transportPair, type PairOptions, type Sent } from "../../support/transport-pair.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";

/** One message as it went over the path, lost or not. */
export interface Seen extends CoapMessage {
  readonly from: "a" | "b";
  readonly at: number;
}

/** A session at end "a", and at end "b" a peer that does what the test says, message by message. */
export interface Scripted {
  readonly clock: VirtualClock;
  readonly session: CoapSession;
  /** What the session sent, decoded. */
  sent(): Seen[];
  /** Sends from the peer; arrives after the path's delay. */
  send(message: Partial<CoapMessage>): void;
  /** Sends octets as they are. */
  sendRaw(data: Uint8Array): void;
  /** The peer ends the path. */
  hangUp(): void;
  /** The session has ended the path. */
  readonly hungUpOn: boolean;
}

export function scripted(options: CoapSessionOptions = {}, path: PairOptions = {}): Scripted {
  const clock = new VirtualClock();
  const { a, b, sent } = transportPair(clock, path);
  const hungUp: Error[] = [];
  b.listen({ message: () => {}, closed: (reason) => hungUp.push(reason) });
  const session = new CoapSession({ clock, random: seeded(1) }, a, options);
  return {
    clock,
    session,
    sent: () => seen(sent.filter(({ from }) => from === "a")),
    send: (message) => b.send(encodeCoapMessage({ ...BLANK, ...message })),
    sendRaw: (data) => b.send(data),
    hangUp: () => b.close(),
    get hungUpOn() {
      return hungUp.length > 0;
    },
  };
}

/** Two sessions joined. */
export interface Joined {
  readonly clock: VirtualClock;
  readonly a: CoapSession;
  readonly b: CoapSession;
  sent(from?: "a" | "b"): Seen[];
}

export function joined(
  options: { readonly a?: CoapSessionOptions; readonly b?: CoapSessionOptions },
  path: PairOptions = {},
): Joined {
  const clock = new VirtualClock();
  const { a, b, sent } = transportPair(clock, path);
  return {
    clock,
    a: new CoapSession({ clock, random: seeded(1) }, a, options.a),
    b: new CoapSession({ clock, random: seeded(2) }, b, options.b),
    sent: (from) => seen(sent).filter((message) => from === undefined || message.from === from),
  };
}

export const NOTHING = new Uint8Array(0);

const BLANK: CoapMessage = {
  type: "con",
  code: 0,
  messageId: 0,
  token: NOTHING,
  options: [],
  payload: NOTHING,
};

export function request(method: Method, path: string, payload = ""): CoapRequest {
  const options = path.split("/").map((segment) => stringOption(11, segment));
  return { method, options, payload: text(payload) };
}

export function text(value: string): Uint8Array {
  return new TextEncoder().encode(value);
}

export function textOf(data: Uint8Array): string {
  return new TextDecoder().decode(data);
}

/** A piece of text as a 2.05. */
export function content(state: string): CoapResponse {
  return { code: Code.Content, options: [], payload: text(state) };
}

/** How a promise stands, without waiting for it. */
export function settled<T>(promise: Promise<T>): { value?: T; error?: unknown } {
  const outcome: { value?: T; error?: unknown } = {};
  promise.then(
    (value) => {
      outcome.value = value;
    },
    (error: unknown) => {
      outcome.error = error;
    },
  );
  return outcome;
}

function seen(sent: readonly Sent[]): Seen[] {
  return sent.map(({ from, at, data }) => ({ from, at, ...decodeCoapMessage(data) }));
}
