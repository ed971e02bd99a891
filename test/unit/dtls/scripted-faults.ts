/** What a server of the tests may be told to do wrong, and how a client takes it. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { CipherSuite } from "../../../agent/dtls/cipher-suites.ts";
import type { ClientContext } from "../../../agent/dtls/client-handshake.ts";
import type { ClientCredentials } from "../../../agent/dtls/credentials.ts";
import type { Extension } from "../../../agent/wire/dtls/extensions.ts";
import type { ServerHello } from "../../../agent/wire/dtls/server-hello.ts";
import {
  CERTIFICATE,
  certified,
  clientFor,
  converse,
  KEY,
  only,
  PSK,
  RAW_KEY,
  SERVER_KEY,
  SUITES,
} from "./client-lab.ts";
import type { Said, Script, ServerProof } from "./scripted-server.ts";

const EMPTY = new Uint8Array();

/** Servers that prove themselves by a key alone. */
export const BY_PSK: ServerProof = { type: "psk", key: KEY };
export const BY_KEY: ServerProof = { type: "raw-public-key", key: SERVER_KEY };

/** Each kind of credential, with a server to go with it. */
export const KINDS = {
  psk: { credentials: PSK, suite: SUITES.ecdhePsk, proof: (): ServerProof => BY_PSK },
  plain: { credentials: PSK, suite: SUITES.psk, proof: (): ServerProof => BY_PSK },
  certificate: { credentials: CERTIFICATE, suite: SUITES.ecdsa, proof: certified },
  raw: { credentials: RAW_KEY, suite: SUITES.ecdsa, proof: (): ServerProof => BY_KEY },
} as const;
export type Kind = keyof typeof KINDS;

/** What is changed, who hears it, and by which alert that ends. */
export type Case = readonly [what: string, kind: Kind, change: Partial<Script>, alert: number];

export const hello = (over: Partial<ServerHello>): Partial<Script> => ({ hello: () => over });
export const without = (...types: readonly number[]): Partial<Script> => ({
  hello: ({ extensions }) => ({
    extensions: extensions.filter(({ type }) => !types.includes(type)),
  }),
});
export const answering = (type: number, data: Uint8Array = EMPTY): Partial<Script> => ({
  hello: ({ extensions }) => ({ extensions: put(extensions, { type, data }) }),
});
export const put = (list: readonly Extension[], one: Extension): readonly Extension[] => [
  ...list.filter(({ type }) => type !== one.type),
  one,
];
export const changing = (
  type: number,
  change: (said: Said) => readonly Said[],
): Partial<Script> => ({
  say: (flight) => flight.flatMap((said) => (said[0] === type ? change(said) : [said])),
});
export const dropping = (type: number): Partial<Script> => changing(type, () => []);
export const twice = (type: number): Partial<Script> => changing(type, (said) => [said, said]);
export const withBody = (type: number, edit: (body: Uint8Array) => Uint8Array): Partial<Script> =>
  changing(type, ([, body]) => [[type, edit(body.slice())]]);
export const before = (type: number, moved: number): Partial<Script> => ({
  say: (flight) => {
    const rest = flight.filter(([one]) => one !== moved);
    const at = rest.findIndex(([one]) => one === type);
    return at < 0
      ? flight
      : [...rest.slice(0, at), ...flight.filter(([one]) => one === moved), ...rest.slice(at)];
  },
});
export const adding = (type: number, said: Said): Partial<Script> =>
  changing(type, (found) => [said, found]);

/** A test for each case: the client fails with that alert, and nothing else comes of it. */
export function refuses(what: string, cases: readonly Case[]): void {
  describe(`the client refuses ${what}`, () => {
    for (const [name, kind, change, alert] of cases) {
      test(name, () => {
        const { credentials, suite, proof } = KINDS[kind];
        const script: Script = { suite, proof: proof(), ...change };
        const course = converse(withoutP384(credentials, script.suite), script);
        const failed = only(course, "fail");
        assert.equal(failed.alert, alert, failed.reason);
        assert.equal(course.state.tag, "failed");
        assert.ok(course.effects.every(({ tag }) => tag !== "established"));
      });
    }
  });
}

/** A client that leaves one group to be refused. */
export function withoutP384(credentials: ClientCredentials, suite: CipherSuite): ClientContext {
  return clientFor(credentials, [suite], { groups: [29, 23] });
}
