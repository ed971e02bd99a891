import assert from "node:assert/strict";
import { test } from "node:test";
import { parseCertificate } from "../../../../agent/dtls/crypto/x509.ts";
import type { ConstrainedNames } from "../../../../agent/dtls/pki/certificate.ts";
import { forbiddenName } from "../../../../agent/dtls/pki/name-constraints.ts";
import { makeCertificate } from "../../../support/make-certificate.ts";

interface Case {
  readonly names: { dns?: readonly string[]; ip?: readonly string[]; srv?: readonly string[] };
  readonly permitted?: Partial<ConstrainedNames>;
  readonly excluded?: Partial<ConstrainedNames>;
  readonly legacy?: true;
  /** Undefined: none. */
  readonly forbidden?: string;
}

const CASES: readonly Case[] = [
  { names: { dns: ["example.com"] }, permitted: { dns: ["example.com"] } },
  { names: { dns: ["a.b.example.com"] }, permitted: { dns: ["example.com"] } },
  { names: { dns: ["a.example.com"] }, permitted: { dns: [".example.com"] } },
  { names: { dns: ["a.example.com"] }, permitted: { dns: ["x.example", "example.com"] } },
  { names: { dns: ["anything.example"] }, permitted: { dns: [""] } },
  {
    names: { dns: ["notexample.com"] },
    permitted: { dns: ["example.com"] },
    forbidden: "notexample.com",
  },
  { names: { dns: ["com"] }, permitted: { dns: ["example.com"] }, forbidden: "com" },
  {
    names: { dns: ["a.example.com", "evil.example"] },
    permitted: { dns: ["example.com"] },
    forbidden: "evil.example",
  },
  {
    names: { dns: ["a.x.example.com"] },
    excluded: { dns: ["x.example.com"] },
    forbidden: "a.x.example.com",
  },
  {
    names: { dns: ["x.example.com"] },
    excluded: { dns: ["x.example.com"] },
    forbidden: "x.example.com",
  },
  { names: { dns: ["y.example.com"] }, excluded: { dns: ["x.example.com"] } },
  {
    names: { dns: ["a.x.example.com"] },
    permitted: { dns: ["example.com"] },
    excluded: { dns: ["x.example.com"] },
    forbidden: "a.x.example.com",
  },
  { names: { dns: ["*.example.com"] }, permitted: { dns: ["example.com"] } },
  {
    names: { dns: ["*.example.com"] },
    permitted: { dns: ["a.example.com"] },
    forbidden: "*.example.com",
  },
  {
    names: { dns: ["*.example.com"] },
    excluded: { dns: ["x.example.com"] },
    forbidden: "*.example.com",
  },
  { names: { dns: ["*.example.com"] }, excluded: { dns: ["a.x.example.com"] } },
  { names: { dns: ["*.example.com"] }, excluded: { dns: ["example.net"] } },
  { names: { srv: ["_dots-signal.a.example.com"] }, permitted: { dns: ["example.com"] } },
  {
    names: { srv: ["_dots-signal.evil.example"] },
    permitted: { dns: ["example.com"] },
    forbidden: "evil.example",
  },
  { names: { ip: ["10.1.2.3"] }, permitted: { ip: ["10.0.0.0/8"] } },
  { names: { ip: ["10.1.2.3"] }, permitted: { ip: ["10.9.9.9/8"] } },
  { names: { ip: ["10.1.2.3"] }, permitted: { ip: ["2001:db8::/32", "10.0.0.0/8"] } },
  { names: { ip: ["11.1.2.3"] }, permitted: { ip: ["10.0.0.0/8"] }, forbidden: "11.1.2.3" },
  { names: { ip: ["2001:db8::1"] }, permitted: { ip: ["10.0.0.0/8"] }, forbidden: "2001:db8::1" },
  { names: { ip: ["2001:db8::1"] }, permitted: { ip: ["2001:db8::/32"] } },
  { names: { ip: ["2001:db8::1"] }, excluded: { ip: ["::/0"] }, forbidden: "2001:db8::1" },
  { names: { ip: ["10.1.2.3"] }, excluded: { ip: ["10.1.2.3/32"] }, forbidden: "10.1.2.3" },
  { names: { ip: ["10.1.2.3"] }, excluded: { ip: ["::/0"] } },
  { names: { ip: ["10.1.2.3"] }, permitted: { dns: ["example.com"] } },
  { names: { dns: ["example.com"] }, permitted: { ip: ["10.0.0.0/8"] } },
  { names: {}, permitted: { dns: ["example.net"], ip: ["10.0.0.0/8"] } },
  { names: {}, permitted: { dns: ["example.net"] }, legacy: true, forbidden: "a.example.com" },
  { names: {}, permitted: { dns: ["example.com"] }, legacy: true },
];

const none = { dns: [], ip: [] };
for (const { names, permitted, excluded, legacy, forbidden } of CASES) {
  const bounds = JSON.stringify({ permitted, excluded, legacy });
  test(`${JSON.stringify(names)} within ${bounds}: ${forbidden ?? "nothing"} is forbidden [RFC 5280 §4.2.1.10]`, () => {
    const { der } = makeCertificate({ subject: "CN=A.example.com", ...names });
    const constraints = {
      critical: true,
      permitted: { ...none, ...permitted },
      excluded: { ...none, ...excluded },
      unprocessed: [],
    };
    assert.equal(forbiddenName(parseCertificate(der), constraints, legacy ?? false), forbidden);
  });
}
