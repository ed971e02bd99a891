/** What go-dots does on the wire, replayed against our whole server; and how its server answers, to our client. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { DotsClient } from "../../agent/dots/client/client.ts";
import type { DtlsSession } from "../../agent/dtls/session.ts";
import { decodeDots } from "../../agent/wire/cbor/dots-body.ts";
import { decodeCoapMessage, encodeCoapMessage } from "../../agent/wire/coap/codec.ts";
import { Code, formatCode } from "../../agent/wire/coap/code.ts";
import type { CoapMessage } from "../../agent/wire/coap/message.ts";
import {
  OptionNumber,
  opaqueOption,
  uintOption,
  uriPathOptions,
} from "../../agent/wire/coap/options.ts";
import { stackLab, type StackLab } from "../support/stack-lab.ts";

const octets = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, "hex"));
const MITIGATE = [".well-known", "dots", "mitigate", "cuid=dz6pHjaADkaFTbjr0JGBpw"];
/** The body that its encoder makes, with a prefix that is the lab client's. */
const BODY = octets(
  "a101a10281a406816e3230332e302e3131332e372f33320783a1081850a1081901bba108191f900a81060e190708",
);
const TOKEN = octets("a1b2c3d4");

/** A session on which CoAP messages are sent as they are, and what came back. */
async function rawPeer(lab: StackLab): Promise<{
  session: DtlsSession;
  heard: CoapMessage[];
  send(message: CoapMessage): Promise<void>;
}> {
  const session = await lab.network.settle(lab.connectDtls(10_000), 10_000);
  const heard: CoapMessage[] = [];
  session.listen({ message: (data) => heard.push(decodeCoapMessage(data)), closed: () => {} });
  const send = async (message: CoapMessage): Promise<void> => {
    session.send(encodeCoapMessage(message));
    await lab.network.run({ for: 500 });
  };
  return { session, heard, send };
}

const put = (over: Partial<CoapMessage> = {}): CoapMessage => ({
  type: "non",
  code: Code.PUT,
  messageId: 77,
  token: TOKEN,
  options: [...uriPathOptions([...MITIGATE, "mid=1"]), uintOption(OptionNumber.ContentFormat, 271)],
  payload: BODY,
  ...over,
});

describe("our server and go-dots' client", () => {
  test("its first message, a CON GET of nothing with Q-Block2, gets an answer and the session goes on", async () => {
    const lab = await stackLab(1);
    const { heard, send } = await rawPeer(lab);
    const options = [opaqueOption(OptionNumber.QBlock2, Uint8Array.of(6))];
    const empty = new Uint8Array();
    await send({
      type: "con",
      code: Code.GET,
      messageId: 1,
      token: TOKEN,
      options,
      payload: empty,
    });
    assert.match(formatCode(heard[0]?.code ?? 0), /^4\.0[24]$/);
    await send(put());
    assert.equal(formatCode(heard.at(-1)?.code ?? 0), "2.01");
  });

  test("a NON that it repeats under its message id is answered again", async () => {
    const lab = await stackLab(1);
    const { heard, send } = await rawPeer(lab);
    await send(put());
    await send(put());
    const codes = heard.map(({ code, token }) => [
      formatCode(code),
      Buffer.from(token).toString("hex"),
    ]);
    assert.deepEqual(codes, [
      ["2.01", "a1b2c3d4"],
      ["2.01", "a1b2c3d4"],
    ]);
  });

  test("its bodies are read, and ours begin as it wants them", async () => {
    const lab = await stackLab(1);
    const { heard, send } = await rawPeer(lab);
    await send(put());
    const body = decodeDots(heard[0]?.payload ?? new Uint8Array());
    const scope = [{ mid: 1, lifetime: 1800 }];
    assert.deepEqual(body, { "ietf-dots-signal-channel:mitigation-scope": { scope } });
    assert.equal(Buffer.from(heard[0]?.payload.subarray(0, 2) ?? []).toString("hex"), "a101");
  });

  test("its heartbeat is answered at once, NON", async () => {
    const lab = await stackLab(1);
    const { heard, send } = await rawPeer(lab);
    const options = [
      ...uriPathOptions([".well-known", "dots", "hb"]),
      uintOption(OptionNumber.ContentFormat, 271),
    ];
    await send(put({ options, payload: octets("a11831a11833f5") }));
    const answer = heard.find(({ code }) => formatCode(code) === "2.04");
    assert.equal(answer?.type, "non");
  });
});

describe("our client and go-dots' server", () => {
  test("an answer NON under the request's own message id, with Uri-Path options, is taken", async () => {
    const lab = await stackLab(1);
    const session = await lab.network.settle(lab.connectDtls(10_000), 10_000);
    // Its server, played at our end of the session: what the client sends never leaves.
    let toClient: (data: Uint8Array) => void = () => {};
    const client = new DotsClient(
      lab.clientHost,
      {
        maxMessage: session.maxMessage,
        rttMs: undefined,
        listen: (listener) => (toClient = (data) => listener.message(data)),
        close: () => session.close(),
        send: (data) => {
          const { messageId, token } = decodeCoapMessage(data);
          const options = [
            ...uriPathOptions([...MITIGATE, "mid=1"]),
            uintOption(OptionNumber.ContentFormat, 271),
          ];
          const payload = octets("a101a10281a205187b0e190e10");
          const answer = {
            type: "non",
            code: Code.Created,
            messageId,
            token,
            options,
            payload,
          } as const;
          lab.network.clock.after(5, () => toClient(encodeCoapMessage(answer)));
        },
      },
      { cuid: "dz6pHjaADkaFTbjr0JGBpw", heartbeat: false },
    );
    const scope = { "target-prefix": ["203.0.113.7/32"], lifetime: 3600 };
    const result = await lab.network.settle(client.requestMitigation(123, scope), 5000);
    assert.equal(result.code, "2.01");
    assert.deepEqual(result.payload?.["ietf-dots-signal-channel:mitigation-scope"]?.scope, [
      { mid: 123, lifetime: 3600 },
    ]);
    client.close();
  });
});
