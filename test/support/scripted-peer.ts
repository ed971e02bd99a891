import type { CoapTransport } from "../../agent/coap/transport.ts";
import { encodeDots } from "../../agent/wire/cbor/dots-body.ts";
import type { DotsBody } from "../../agent/wire/cbor/types.ts";
import { decodeCoapMessage, encodeCoapMessage } from "../../agent/wire/coap/codec.ts";
import type { CoapMessage, CoapOption } from "../../agent/wire/coap/message.ts";
import {
  CONTENT_FORMAT_DOTS_CBOR,
  CONTENT_FORMAT_TEXT,
  OptionNumber,
  sortOptions,
  uintOption,
} from "../../agent/wire/coap/options.ts";

/** What a scripted peer sends back; the rest of the message is made to fit. */
export interface ScriptedAnswer {
  readonly code: number;
  readonly options?: readonly CoapOption[];
  readonly payload?: Uint8Array;
}

/** A CoAP peer that a test writes message by message, with no session of its own. */
export class ScriptedPeer {
  /** Every message that came, in order. */
  readonly heard: CoapMessage[] = [];
  readonly #transport: CoapTransport;
  #messageId = 0x4000;

  /** `script` says how a request is answered; nothing: not at all. */
  constructor(
    transport: CoapTransport,
    script: (request: CoapMessage) => ScriptedAnswer | undefined,
  ) {
    this.#transport = transport;
    transport.listen({
      message: (data) => {
        const message = decodeCoapMessage(data);
        this.heard.push(message);
        const isRequest = message.code > 0 && message.code < 32;
        const answer = isRequest ? script(message) : undefined;
        if (answer !== undefined) this.send(answer, message.token);
      },
      closed: () => undefined,
    });
  }

  /** Sends a NON with this token: an answer, a notification, or with a method code a request. */
  send(
    { code, options = [], payload = new Uint8Array() }: ScriptedAnswer,
    token: Uint8Array,
  ): void {
    this.#messageId += 1;
    const message: CoapMessage = {
      type: "non",
      code,
      messageId: this.#messageId,
      token,
      options: sortOptions(options),
      payload,
    };
    this.#transport.send(encodeCoapMessage(message));
  }
}

/** An answer with a DOTS body. */
export function withBody(
  code: number,
  body: DotsBody,
  options: readonly CoapOption[] = [],
): ScriptedAnswer {
  const format = uintOption(OptionNumber.ContentFormat, CONTENT_FORMAT_DOTS_CBOR);
  return { code, options: [format, ...options], payload: encodeDots(body) };
}

/** An answer with text. */
export function withText(
  code: number,
  text: string,
  options: readonly CoapOption[] = [],
): ScriptedAnswer {
  const format = uintOption(OptionNumber.ContentFormat, CONTENT_FORMAT_TEXT);
  return { code, options: [format, ...options], payload: new TextEncoder().encode(text) };
}
