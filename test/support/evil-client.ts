/** The client's side of an evil peer: the true machine up to ServerHelloDone, and a last flight of its own making. */
import assert from "node:assert/strict";
import {
  ownCertificateBody,
  ownKey,
  signingCredentials,
} from "../../agent/dtls/client-authentication.ts";
import {
  startClient,
  stepClient,
  type ClientContext,
  type ClientState,
} from "../../agent/dtls/client-handshake.ts";
import { clientKeyExchange } from "../../agent/dtls/client-key-exchange.ts";
import type { Negotiated } from "../../agent/dtls/client-state.ts";
import { transcriptForm, type HandshakeEffect } from "../../agent/dtls/handshake.ts";
import { epochKeys, masterSecret } from "../../agent/dtls/key-schedule.ts";
import type { HandshakeMessage } from "../../agent/dtls/reassembly.ts";
import { concatBytes } from "../../agent/wire/bytes.ts";
import { encodeCertificateVerify } from "../../agent/wire/dtls/certificate-messages.ts";
import { HandshakeType } from "../../agent/wire/dtls/handshake.ts";
import { EvilPeer, linesOf, type Line, type Message, type Plot } from "./evil-peer.ts";

const T = HandshakeType;

/** One handshake of it. */
export class EvilClient extends EvilPeer {
  /** Whether the server's Finished has come, or its own is the last message. */
  done = false;
  protected readonly idLength = 0;
  readonly #context: ClientContext;
  #state: ClientState | undefined;
  /** What its keys are made from, until they are. */
  #exchange: { readonly premaster: Uint8Array; readonly agreed: Negotiated } | undefined;

  constructor(context: ClientContext, plot: Plot, send: (datagram: Uint8Array) => void) {
    super(plot, send);
    this.#context = context;
  }

  start(): void {
    const [state, effects] = startClient(this.#context);
    this.#state = state;
    this.speak(0, flightIn(effects));
  }

  protected hear(message: HandshakeMessage): void {
    const state = this.#state;
    if (!state) return;
    if (message.type === T.helloVerifyRequest) return this.#again(state, message);
    if (message.type === T.finished && !("master" in state)) this.done = true;
    if (this.done) return;
    if (message.type === T.serverHelloDone && state.tag === "negotiated") {
      this.transcript.push(transcriptForm(message));
      return this.#prove(state);
    }
    const [next, effects] = stepClient(this.#retold(state), message, this.#context);
    this.transcript.push(transcriptForm(message));
    this.#state = next;
    this.#obey(effects);
    if (next.tag === "established") {
      this.done = true;
      this.speak(2, [{ tag: "change-cipher-spec" }, this.finishedLine("client")]);
    }
  }

  protected puzzled(): void {}

  /** The master secret is bound to all up to the ClientKeyExchange. [RFC 7627 §3] */
  protected override before(line: Line): void {
    const type = line.tag === "message" ? line.type : undefined;
    const secret = line.tag === "record" && line.epoch === 1;
    if (secret || type === T.certificateVerify || type === T.finished) this.#agree();
  }

  /** The ClientHello with its cookie: what was said before it counts for nothing. [RFC 6347 §4.2.1] */
  #again(state: ClientState, message: HandshakeMessage): void {
    if (state.tag !== "hello-sent" || state.messageSeq > 0) return;
    const [next, effects] = stepClient(state, message, this.#context);
    this.transcript = [];
    this.#state = next;
    this.speak(1, flightIn(effects));
  }

  #prove(agreed: Negotiated): void {
    const { credentials } = this.#context;
    const exchange = clientKeyExchange(agreed, credentials);
    assert.ok(!("tag" in exchange));
    this.#exchange = { premaster: exchange.premaster, agreed };
    this.#state = { tag: "failed" }; // the machine is not asked any more
    this.suite = agreed.suite;
    const signing = signingCredentials(this.#context);
    const { scheme } = agreed;
    const verify = (): Uint8Array => {
      assert.ok(signing && scheme !== undefined);
      const signature = ownKey(signing).sign(scheme, concatBytes(...this.transcript));
      return encodeCertificateVerify({ scheme, signature });
    };
    this.speak(2, [
      ...(signing ? [said(T.certificate, ownCertificateBody(signing))] : []),
      said(T.clientKeyExchange, exchange.body),
      ...(signing ? [said(T.certificateVerify, verify)] : []),
      { tag: "change-cipher-spec" },
      this.finishedLine("client"),
    ]);
  }

  /** Makes the keys, of what was said by now. */
  #agree(): void {
    if (!this.#exchange) return;
    const { premaster, agreed } = this.#exchange;
    this.#exchange = undefined;
    const session = agreed.extendedMasterSecret ? this.transcript : undefined;
    this.master = masterSecret(premaster, { ...agreed, session });
    const keys = epochKeys(this.master, agreed);
    this.install({ read: keys.server, write: keys.client }, agreed.suite, agreed.connectionIds);
  }

  #obey(effects: readonly HandshakeEffect[]): void {
    for (const effect of effects) {
      if (effect.tag === "secret") this.master = effect.master.slice();
      if (effect.tag !== "keys") continue;
      const { keys, suite, connectionIds } = effect;
      this.suite = suite;
      this.install({ read: keys.server, write: keys.client }, suite, connectionIds);
    }
  }

  /** The machine goes on from what was said. */
  #retold(state: ClientState): ClientState {
    return "transcript" in state ? { ...state, transcript: [...this.transcript] } : state;
  }
}

function said(type: number, body: Message["body"]): Message {
  return { tag: "message", type, epoch: 0, body };
}

function flightIn(effects: readonly HandshakeEffect[]): readonly Line[] {
  return effects.flatMap((effect) => (effect.tag === "send" ? linesOf(effect.flight) : []));
}
