import assert from "node:assert/strict";
import { test } from "node:test";
import { ByteReader, ByteWriter } from "../../../../agent/wire/bytes.ts";
import type { Extension } from "../../../../agent/wire/dtls/extensions.ts";
import {
  CertificateType,
  decodeCertificateTypeChoice,
  decodeCertificateTypesOffer,
  decodeConnectionId,
  decodeEcPointFormats,
  decodeRenegotiationInfo,
  decodeServerName,
  decodeSignatureAlgorithms,
  decodeSupportedGroups,
  encodeCertificateTypeChoice,
  encodeCertificateTypesOffer,
  encodeConnectionId,
  encodeEcPointFormats,
  encodeServerName,
  encodeSignatureAlgorithms,
  encodeSupportedGroups,
  readExtensions,
  writeExtensions,
} from "../../../../agent/wire/dtls/extensions.ts";
import { octets } from "./captured.ts";

const read = (hex: string): Extension[] => readExtensions(new ByteReader(octets(hex)));

const write = (list: readonly Extension[]): Uint8Array => {
  const w = new ByteWriter();
  writeExtensions(w, list);
  return w.done();
};

test("extensions keep their order, unknown ones included [RFC 5246 §7.4.1.4]", () => {
  const hex = "000b abcd 0003 010203 0017 0000";
  const list = [
    { type: 0xabcd, data: octets("010203") },
    { type: 0x17, data: new Uint8Array() },
  ];
  assert.deepEqual(read(hex), list);
  assert.deepEqual(write(list), octets(hex));
});

test("a hello may have no extensions at all, and then no length of theirs [RFC 5246 §7.4.1.4]", () => {
  assert.deepEqual(read(""), []);
  assert.deepEqual(read("0000"), []);
  assert.deepEqual(write([]), new Uint8Array());
});

const manyEmpty = (count: number): string => {
  const types = Array.from({ length: count }, (_, i) => i.toString(16).padStart(4, "0"));
  return (count * 4).toString(16).padStart(4, "0") + types.map((type) => `${type}0000`).join("");
};

const refused = [
  { what: "a type that occurs twice", hex: "0008 0017 0000 0017 0000", code: "wire/malformed" },
  { what: "a block that is cut short", hex: "0005 0017 0000", code: "wire/truncated" },
  { what: "half a length", hex: "00", code: "wire/truncated" },
  { what: "data beyond the block", hex: "0005 0017 0002 aa", code: "wire/truncated" },
  { what: "half an extension", hex: "0003 0017 00", code: "wire/truncated" },
  { what: "65 extensions", hex: manyEmpty(65), code: "wire/out-of-range" },
];
for (const { what, hex, code } of refused) {
  test(`refuses ${what} [RFC 5246 §7.4.1.4]`, () => {
    assert.throws(() => read(hex), { name: "WireError", code });
  });
}

test("takes 64 extensions", () => {
  assert.equal(read(manyEmpty(64)).length, 64);
});

const bodies = [
  {
    what: "supported_groups [RFC 8422 §5.1.1]",
    decode: decodeSupportedGroups,
    bad: ["", "0000", "0003 001d00", "0002 001d 00", "0004 001d"],
  },
  {
    what: "ec_point_formats [RFC 8422 §5.1.2]",
    decode: decodeEcPointFormats,
    bad: ["", "00", "01 00 00", "02 00"],
  },
  {
    what: "signature_algorithms [RFC 5246 §7.4.1.4.1]",
    decode: decodeSignatureAlgorithms,
    bad: ["", "0000", "0003 040308", "0002 0403 00", "0004 0403"],
  },
  {
    what: "certificate types offered [RFC 7250 §3]",
    decode: decodeCertificateTypesOffer,
    bad: ["", "00", "01 02 00", "02 02"],
  },
  {
    what: "a certificate type chosen [RFC 7250 §3]",
    decode: decodeCertificateTypeChoice,
    bad: ["", "01 02"],
  },
  {
    what: "connection_id [RFC 9146 §3]",
    decode: decodeConnectionId,
    bad: ["", "01", "00 00", "02 aa", "01 aabb"],
  },
  {
    what: "renegotiation_info [RFC 5746 §3.2]",
    decode: decodeRenegotiationInfo,
    bad: ["", "01", "00 00"],
  },
  {
    what: "server_name [RFC 6066 §3]",
    decode: decodeServerName,
    bad: [
      "",
      "0000",
      "0003 00 0000", // an empty name
      "0005 01 0002 6161", // a type that nobody has defined
      "0004 00 0001 61 00", // a leftover octet
      "0008 00 0001 61 00 0001 62", // two host names
      "0004 00 0001 0a", // a line end
      "0004 00 0001 ff", // not ASCII
      "0004 00 0002 61", // cut short
    ],
  },
];
for (const { what, decode, bad } of bodies) {
  for (const hex of bad) {
    test(`refuses ${what} of "${hex}"`, () => {
      assert.throws(() => decode(octets(hex)), { name: "WireError" });
    });
  }
}

test("supported_groups and ec_point_formats are lists in order of preference", () => {
  assert.deepEqual(decodeSupportedGroups(octets("0004 001d 0017")), [29, 23]);
  assert.deepEqual(encodeSupportedGroups([29, 23]), octets("0004 001d 0017"));
  assert.deepEqual(decodeEcPointFormats(octets("02 00 02")), [0, 2]);
  assert.deepEqual(encodeEcPointFormats([0]), octets("01 00"));
});

test("signature_algorithms is a list in order of preference [RFC 5246 §7.4.1.4.1]", () => {
  assert.deepEqual(decodeSignatureAlgorithms(octets("0004 0403 0804")), [0x0403, 0x0804]);
  assert.deepEqual(encodeSignatureAlgorithms([0x0403, 0x0804]), octets("0004 0403 0804"));
});

test("a client offers certificate types, a server chooses one [RFC 7250 §3]", () => {
  const { rawPublicKey, x509 } = CertificateType;
  assert.deepEqual(decodeCertificateTypesOffer(octets("02 02 00")), [rawPublicKey, x509]);
  assert.deepEqual(encodeCertificateTypesOffer([rawPublicKey, x509]), octets("02 02 00"));
  assert.equal(decodeCertificateTypeChoice(octets("02")), rawPublicKey);
  assert.deepEqual(encodeCertificateTypeChoice(rawPublicKey), octets("02"));
});

test("connection_id may be empty, and has at most 255 octets [RFC 9146 §3]", () => {
  for (const { hex, cid } of [
    { hex: "00", cid: "" },
    { hex: "02 aabb", cid: "aabb" },
    { hex: `ff ${"aa".repeat(255)}`, cid: "aa".repeat(255) },
  ]) {
    assert.deepEqual(decodeConnectionId(octets(hex)), octets(cid));
    assert.deepEqual(encodeConnectionId(octets(cid)), octets(hex));
  }
  assert.throws(() => encodeConnectionId(new Uint8Array(256)), { code: "wire/out-of-range" });
});

test("server_name carries one DNS name [RFC 6066 §3]", () => {
  assert.equal(decodeServerName(octets("000f 00 000c 646f74732e6578616d706c65")), "dots.example");
  assert.deepEqual(
    encodeServerName("dots.example"),
    octets("000f 00 000c 646f74732e6578616d706c65"),
  );
});

for (const host of ["", "büro.example", "日本.example", "a b", "a\n", "a".repeat(254)]) {
  test(`refuses to write the server_name ${JSON.stringify(host.slice(0, 12))}`, () => {
    assert.throws(() => encodeServerName(host), { name: "WireError" });
  });
}

test("refuses to write empty lists", () => {
  assert.throws(() => encodeSupportedGroups([]), { code: "wire/malformed" });
  assert.throws(() => encodeEcPointFormats([]), { code: "wire/malformed" });
  assert.throws(() => encodeSignatureAlgorithms([]), { code: "wire/malformed" });
  assert.throws(() => encodeCertificateTypesOffer([]), { code: "wire/malformed" });
});
