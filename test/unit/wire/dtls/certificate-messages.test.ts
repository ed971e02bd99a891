import assert from "node:assert/strict";
import { test } from "node:test";
import {
  ClientCertificateType,
  decodeCertificate,
  decodeCertificateRequest,
  decodeCertificateVerify,
  decodeRawPublicKey,
  encodeCertificate,
  encodeCertificateRequest,
  encodeCertificateVerify,
  encodeRawPublicKey,
} from "../../../../agent/wire/dtls/certificate-messages.ts";
import { octets } from "./captured.ts";

const chains = [
  { what: "no certificate", hex: "000000", certificates: [] },
  { what: "one certificate", hex: "000005 000002 3000", certificates: ["3000"] },
  {
    what: "a chain of two",
    hex: "000009 000002 3000 000001 31",
    certificates: ["3000", "31"],
  },
  {
    what: "a chain of ten",
    hex: `000028 ${"000001 30".repeat(10)}`,
    certificates: Array.from({ length: 10 }, () => "30"),
  },
];
for (const { what, hex, certificates: list } of chains) {
  test(`Certificate with ${what} both ways [RFC 5246 §7.4.2]`, () => {
    const certificates = list.map((der) => octets(der));
    assert.deepEqual(decodeCertificate(octets(hex)), { certificates });
    assert.deepEqual(encodeCertificate({ certificates }), octets(hex));
  });
}

test("a raw public key, also none [RFC 7250 §3]", () => {
  for (const { hex, spki } of [
    { hex: "000002 3000", spki: "3000" },
    { hex: "000000", spki: "" },
  ]) {
    assert.deepEqual(decodeRawPublicKey(octets(hex)), octets(spki));
    assert.deepEqual(encodeRawPublicKey(octets(spki)), octets(hex));
  }
});

const request = {
  certificateTypes: [ClientCertificateType.ecdsaSign, ClientCertificateType.rsaSign],
  signatureAlgorithms: [0x0403, 0x0804],
  authorities: [octets("3001"), octets("3002")],
};
const types = "02 40 01";
const algorithms = "0004 0403 0804";

test("CertificateRequest has all its fields [RFC 5246 §7.4.4]", () => {
  const hex = `${types} ${algorithms} 0008 0002 3001 0002 3002`;
  assert.deepEqual(decodeCertificateRequest(octets(hex)), request);
  assert.deepEqual(encodeCertificateRequest(request), octets(hex));
});

test("CertificateRequest may leave the authority open [RFC 5246 §7.4.4]", () => {
  const open = { ...request, authorities: [] };
  const hex = `${types} ${algorithms} 0000`;
  assert.deepEqual(decodeCertificateRequest(octets(hex)), open);
  assert.deepEqual(encodeCertificateRequest(open), octets(hex));
});

const authorities = (count: number): string =>
  `${(count * 3).toString(16).padStart(4, "0")} ${"0001 30".repeat(count)}`;

test("CertificateRequest takes 256 authorities [RFC 5246 §7.4.4]", () => {
  const body = octets(`${types} ${algorithms} ${authorities(256)}`);
  assert.equal(decodeCertificateRequest(body).authorities.length, 256);
});

test("scheme and signature of CertificateVerify [RFC 5246 §7.4.8]", () => {
  const message = { scheme: 0x0503, signature: octets("3003") };
  const hex = "0503 0002 3003";
  assert.deepEqual(decodeCertificateVerify(octets(hex)), message);
  assert.deepEqual(encodeCertificateVerify(message), octets(hex));
});

const refused = [
  { decode: decodeCertificate, hex: "", code: "wire/truncated" },
  { decode: decodeCertificate, hex: "000005 000002 30", code: "wire/truncated" },
  { decode: decodeCertificate, hex: "000005 000003 3000", code: "wire/truncated" },
  { decode: decodeCertificate, hex: "000002 0000", code: "wire/truncated" }, // half a length
  { decode: decodeCertificate, hex: "000003 000000", code: "wire/malformed" },
  { decode: decodeCertificate, hex: "000005 000002 3000 00", code: "wire/leftover" },
  { decode: decodeCertificate, hex: `00002c ${"000001 30".repeat(11)}`, code: "wire/out-of-range" },
  { decode: decodeRawPublicKey, hex: "0000", code: "wire/truncated" },
  { decode: decodeRawPublicKey, hex: "000002 30", code: "wire/truncated" },
  { decode: decodeRawPublicKey, hex: "000001 3000", code: "wire/leftover" },
  { decode: decodeCertificateRequest, hex: `00 ${algorithms} 0000`, code: "wire/malformed" },
  { decode: decodeCertificateRequest, hex: `${types} 0000 0000`, code: "wire/malformed" },
  { decode: decodeCertificateRequest, hex: `${types} 0003 040308 0000`, code: "wire/truncated" },
  { decode: decodeCertificateRequest, hex: `${types} ${algorithms}`, code: "wire/truncated" },
  {
    decode: decodeCertificateRequest,
    hex: `${types} ${algorithms} 0003 0002 30`,
    code: "wire/truncated",
  },
  {
    decode: decodeCertificateRequest,
    hex: `${types} ${algorithms} 0002 0000`,
    code: "wire/malformed",
  },
  {
    decode: decodeCertificateRequest,
    hex: `${types} ${algorithms} ${authorities(257)}`,
    code: "wire/out-of-range",
  },
  {
    decode: decodeCertificateRequest,
    hex: `${types} ${algorithms} 0000 00`,
    code: "wire/leftover",
  },
  { decode: decodeCertificateVerify, hex: "0403", code: "wire/truncated" },
  { decode: decodeCertificateVerify, hex: "0403 0003 3003", code: "wire/truncated" },
  { decode: decodeCertificateVerify, hex: "0403 0001 3003", code: "wire/leftover" },
];
for (const { decode, hex, code } of refused) {
  test(`${decode.name} refuses "${hex.slice(0, 48)}" with ${code} [RFC 5246 §7.4]`, () => {
    assert.throws(() => decode(octets(hex)), { name: "WireError", code });
  });
}

test("refuses to write what no one may read [RFC 5246 §7.4]", () => {
  const der = octets("30");
  const empty = new Uint8Array();
  const writes = [
    () => encodeCertificate({ certificates: [der, empty] }),
    () => encodeCertificate({ certificates: Array.from({ length: 11 }, () => der) }),
    () => encodeRawPublicKey(new Uint8Array(2 ** 24)),
    () => encodeCertificateRequest({ ...request, certificateTypes: [] }),
    () => encodeCertificateRequest({ ...request, signatureAlgorithms: [] }),
    () => encodeCertificateRequest({ ...request, authorities: [empty] }),
    () =>
      encodeCertificateRequest({ ...request, authorities: Array.from({ length: 257 }, () => der) }),
    () => encodeCertificateRequest({ ...request, authorities: [new Uint8Array(65_535)] }),
    () => encodeCertificateVerify({ scheme: 65_536, signature: der }),
    () => encodeCertificateVerify({ scheme: 0x0403, signature: new Uint8Array(65_536) }),
  ];
  for (const write of writes) assert.throws(write, { name: "WireError" });
});
