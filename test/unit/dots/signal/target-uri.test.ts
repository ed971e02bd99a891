import assert from "node:assert/strict";
import { test } from "node:test";
import { parseTargetUri } from "../../../../agent/dots/signal/target-uri.ts";

function hostOf(text: string): string {
  const uri = parseTargetUri(text);
  if (typeof uri === "string") return uri;
  assert.equal(uri.text, text);
  return typeof uri.host === "string" ? uri.host : uri.host.text;
}

const HOSTS = [
  ["https://www.example.com", "www.example.com"],
  ["https://WWW.Example.com.:8443/a/b;c=1//d?e=/f?#g/h?i", "www.example.com"],
  ["coaps+tcp://www.example.com:/x", "www.example.com"],
  ["https://www.example.com/%7Ea%2f", "www.example.com"],
  ["https://www.example.com?q", "www.example.com"],
  ["https://www.example.com#f", "www.example.com"],
  ["https://203.0.113.7/", "203.0.113.7/32"],
  ["https://[2001:DB8::1]:443/", "2001:db8::1/128"],
  ["https://www.example.com/@evil.test", "www.example.com"],
] as const;

for (const [text, host] of HOSTS) {
  test(`the host of ${text} is ${host} [RFC 3986 §3.2.2]`, () => assert.equal(hostOf(text), host));
}

const REFUSED = [
  // Texts that repairing parsers read as a URI, some of them with another host.
  "https://www.example.com\\@evil.test/",
  "https://www.example.com\\.evil.test/",
  "https:///www.example.com/",
  "https:/www.example.com/",
  "https:www.example.com",
  "https:\\\\www.example.com\\",
  "http://3405803783/",
  "https://0xcb.0x00.0x71.7/",
  "http://0313.0.0161.07/",
  "http://203.0.113/",
  "https://bücher.example/",
  "https://www.example.com/bücher",
  "https://%77ww.example.com/",
  " https://www.example.com/",
  "https://www.example.com/\n",
  "https://www.exa\tmple.com/",
  ...Array.from('"<>{}|^`\\ []', (character) => `https://www.example.com/${character}`),
  // The grammar of an authority. [RFC 3986 §3.2]
  "https://www.example.com@evil.test/",
  "https://:secret@www.example.com/",
  "https://@www.example.com/",
  "https://:443/",
  "https://",
  "https://www.example.com:https/",
  "https://www.example.com:1:2/",
  "https://www.example.com:65536/",
  "https://[203.0.113.7]/",
  "https://[2001:db8::1/",
  "https://2001:db8::1/",
  "https://[fe80::1%25eth0]/",
  "https://[v1.a]/",
  "https://www.example.com/%7",
  "https://www.example.com/%zz",
  "1https://www.example.com/",
  "www.example.com",
  "mailto:a@www.example.com",
  "",
];

for (const text of REFUSED) {
  test(`${JSON.stringify(text)} is refused [RFC 3986 §3.2]`, () =>
    assert.equal(typeof parseTargetUri(text), "string"));
}

const EQUAL = [
  ["https://a.example", "HTTPS://A.Example./"],
  ["https://a.example/", "https://a.example:443"],
  ["coap://a.example/", "coap://a.example:5683/"],
  ["https://a.example:8443/", "https://a.example:08443"],
  ["https://a.example:/x", "https://a.example/x"],
  ["https://a.example?q", "https://a.example/?q"],
  ["https://[2001:db8::1]/", "https://[2001:DB8:0:0::0:1]"],
] as const;

const DIFFERENT = [
  ["https://a.example/", "http://a.example/"],
  ["https://a.example/x", "https://a.example/X"],
  ["https://a.example/", "https://a.example:80/"],
  ["https://a.example/", "https://a.example/?"],
  ["https://a.example/", "https://b.example/"],
] as const;

function canonicalOf(text: string): string {
  const uri = parseTargetUri(text);
  if (typeof uri === "string") throw new Error(`${text} ${uri}`);
  return uri.canonical;
}

for (const [a, b] of EQUAL) {
  test(`${a} and ${b} are one URI [RFC 3986 §6.2]`, () =>
    assert.equal(canonicalOf(a), canonicalOf(b)));
}

for (const [a, b] of DIFFERENT) {
  test(`${a} and ${b} are two URIs [RFC 3986 §6.2]`, () =>
    assert.notEqual(canonicalOf(a), canonicalOf(b)));
}

test("a canonical URI is a URI with the same canonical form", () => {
  for (const [text] of HOSTS) assert.equal(canonicalOf(canonicalOf(text)), canonicalOf(text));
});

test("a long text is read in one go", () => {
  const before = process.cpuUsage();
  assert.equal(typeof parseTargetUri(`https://a.example/${"a/%41".repeat(12_000)}\\`), "string");
  assert.ok(process.cpuUsage(before).user < 1_000_000, "a second of work for 60 kB");
});
