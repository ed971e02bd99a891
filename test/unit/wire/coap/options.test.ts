import assert from "node:assert/strict";
import { test } from "node:test";
import { WireError } from "../../../../agent/wire/bytes.ts";
import {
  checkOptions,
  describeOptionFault,
  OPTION_RULES,
} from "../../../../agent/wire/coap/option-rules.ts";
import {
  CONTENT_FORMAT_DOTS_CBOR,
  contentFormat,
  findUint,
  isCritical,
  isUnsafe,
  opaqueOption,
  OptionNumber,
  sortOptions,
  stringOption,
  stringsOf,
  uintOption,
  uintValue,
  uriPath,
  uriPathOptions,
  uriQuery,
  uriQueryOptions,
  block2Option,
  findBlock2,
} from "../../../../agent/wire/coap/options.ts";

const ALL: ReadonlySet<number> = new Set(Object.values(OptionNumber));

const uints: readonly (readonly [number, readonly number[]])[] = [
  [0, []],
  [1, [1]],
  [255, [255]],
  [256, [1, 0]],
  [CONTENT_FORMAT_DOTS_CBOR, [1, 15]],
  [0xffffff, [255, 255, 255]],
  [0xffffffff, [255, 255, 255, 255]],
];

for (const [value, octets] of uints) {
  test(`${value} takes ${octets.length} octets as an option value [RFC 7252 §3.2]`, () => {
    const option = uintOption(OptionNumber.MaxAge, value);
    assert.deepEqual([...option.value], octets);
    assert.equal(uintValue(option), value);
  });
}

test("an integer may have leading zeros, but no more than 4 octets [RFC 7252 §3.2]", () => {
  assert.equal(uintValue(opaqueOption(14, Uint8Array.of(0, 0, 1))), 1);
  assert.throws(() => uintValue(opaqueOption(14, new Uint8Array(5))), WireError);
});

for (const value of [-1, 0.5, 2 ** 32, Number.NaN]) {
  test(`${value} is not written as an option value`, () => {
    assert.throws(() => uintOption(14, value), WireError);
  });
}

test("path and query are read and written one option a part [RFC 7252 §5.10.1]", () => {
  const options = [
    ...uriPathOptions([".well-known", "dots", "mitigate", "cuid=ä"]),
    ...uriQueryOptions(["c=a", "target-port=80"]),
  ];
  assert.deepEqual(uriPath(options), [".well-known", "dots", "mitigate", "cuid=ä"]);
  assert.deepEqual(uriQuery(options), ["c=a", "target-port=80"]);
  assert.deepEqual(uriPath([]), []);
});

test("a byte order mark is part of the text", () => {
  assert.deepEqual(uriPath([stringOption(OptionNumber.UriPath, "\u{feff}a")]), ["\u{feff}a"]);
});

test("text that is not UTF-8 is refused [RFC 7252 §3.2]", () => {
  const broken = opaqueOption(OptionNumber.UriPath, Uint8Array.of(0xff));
  assert.throws(() => stringsOf([broken], OptionNumber.UriPath), WireError);
});

test("the Content-Format of DOTS is 271 [RFC 9132 §10.4]", () => {
  const options = [uintOption(OptionNumber.ContentFormat, CONTENT_FORMAT_DOTS_CBOR)];
  assert.equal(contentFormat(options), 271);
  assert.equal(contentFormat([]), undefined);
  assert.equal(findUint(options, OptionNumber.Accept), undefined);
});

test("sorting keeps the order of repeated options [RFC 7252 §3.1]", () => {
  const sorted = sortOptions([stringOption(15, "q"), stringOption(11, "b"), stringOption(11, "a")]);
  assert.deepEqual(
    sorted.map((o) => [o.number, new TextDecoder().decode(o.value)]),
    [
      [11, "b"],
      [11, "a"],
      [15, "q"],
    ],
  );
});

// The columns C, U and R and the lengths of [RFC 7252 §5.10 Table 4] and of the later options.
const table: readonly (readonly [number, string, string, number, number])[] = [
  [1, "C R", "If-Match", 0, 8],
  [3, "CU ", "Uri-Host", 1, 255],
  [4, "  R", "ETag", 1, 8],
  [5, "C  ", "If-None-Match", 0, 0],
  [6, " U ", "Observe", 0, 3],
  [7, "CU ", "Uri-Port", 0, 2],
  [8, "  R", "Location-Path", 0, 255],
  [11, "CUR", "Uri-Path", 0, 255],
  [12, "   ", "Content-Format", 0, 2],
  [14, " U ", "Max-Age", 0, 4],
  [15, "CUR", "Uri-Query", 0, 255],
  [16, "   ", "Hop-Limit", 1, 1],
  [17, "C  ", "Accept", 0, 2],
  [19, "CU ", "Q-Block1", 0, 3],
  [20, "  R", "Location-Query", 0, 255],
  [23, "CU ", "Block2", 0, 3],
  [27, "CU ", "Block1", 0, 3],
  [28, "   ", "Size2", 0, 4],
  [31, "CUR", "Q-Block2", 0, 3],
  [35, "CU ", "Proxy-Uri", 1, 1034],
  [39, "CU ", "Proxy-Scheme", 1, 255],
  [60, "   ", "Size1", 0, 4],
];

test("the table names every option", () => {
  assert.deepEqual(
    [...OPTION_RULES.keys()],
    table.map(([number]) => number),
  );
  assert.deepEqual(
    [...ALL].toSorted((a, b) => a - b),
    table.map(([number]) => number),
  );
});

for (const [number, flags, name, min, max] of table) {
  const critical = flags.startsWith("C");
  test(`${name} is known as Table 4 has it [RFC 7252 §5.10]`, () => {
    assert.equal(isCritical(number), critical);
    assert.equal(isUnsafe(number), flags[1] === "U");
    assert.equal(OPTION_RULES.get(number)?.name, name);
  });
  for (const length of [min, max]) {
    test(`${name} of ${length} octets is accepted`, () => {
      assert.deepEqual(checked([filled(number, length)]), { tag: "ok", options: [number] });
    });
  }
  for (const length of min > 0 ? [min - 1, max + 1] : [max + 1]) {
    test(`${name} of ${length} octets is ${critical ? "refused" : "dropped"} [RFC 7252 §5.4.3]`, () => {
      const wanted = critical
        ? { tag: "bad", number, fault: "length" }
        : { tag: "ok", options: [] };
      assert.deepEqual(checked([filled(number, length)]), wanted);
    });
  }
  test(`${name} twice is ${flags[2] === "R" ? "accepted" : "taken once or refused"} [RFC 7252 §5.4.5]`, () => {
    const twice = [filled(number, min), filled(number, max)];
    const wanted =
      flags[2] === "R"
        ? { tag: "ok", options: [number, number] }
        : critical
          ? { tag: "bad", number, fault: "repeated" }
          : { tag: "ok", options: [number] };
    assert.deepEqual(checked(twice), wanted);
  });
}

test("an unknown critical option is refused, an unknown elective one dropped [RFC 7252 §5.4.1]", () => {
  assert.deepEqual(checked([filled(9, 1)]), { tag: "bad", number: 9, fault: "unknown" });
  assert.deepEqual(checked([filled(10, 1), filled(11, 1)]), { tag: "ok", options: [11] });
});

test("a known option that is not understood counts as unknown [RFC 7252 §5.4.1]", () => {
  const understood = new Set([OptionNumber.UriPath]);
  const result = checkOptions([filled(OptionNumber.Block2, 1)], understood);
  assert.equal(result.tag === "bad" && result.fault, "unknown");
});

test("an option that only the caller knows is taken as it is", () => {
  assert.deepEqual(checkOptions([filled(65_001, 9)], new Set([65_001])).tag, "ok");
});

test("a path that is not UTF-8 is refused [RFC 7252 §3.2]", () => {
  const broken = opaqueOption(OptionNumber.UriPath, Uint8Array.of(0xc0));
  assert.deepEqual(checked([broken]), { tag: "bad", number: 11, fault: "text" });
});

test("a finding is told in words that name the option [RFC 7252 §5.5.2]", () => {
  assert.equal(describeOptionFault(filled(9, 1), "unknown"), "option 9 is not supported");
  assert.equal(
    describeOptionFault(filled(7, 3), "length"),
    "option Uri-Port (7) cannot be 3 octets long",
  );
  assert.equal(describeOptionFault(filled(11, 1), "text"), "option Uri-Path (11) is not UTF-8");
  assert.equal(
    describeOptionFault(filled(17, 1), "repeated"),
    "option Accept (17) may not be repeated",
  );
});

const BLOCKS = [
  [{ number: 0, more: false, exponent: 0 }, ""],
  [{ number: 0, more: true, exponent: 2 }, "0a"],
  [{ number: 17, more: true, exponent: 6 }, "011e"],
  [{ number: 2 ** 20 - 1, more: false, exponent: 6 }, "fffff6"],
] as const;

for (const [block, hex] of BLOCKS) {
  test(`block ${block.number} of exponent ${block.exponent} is ${hex || "nothing"}, both ways [RFC 7959 §2.2]`, () => {
    const option = block2Option(block);
    assert.equal(Buffer.from(option.value).toString("hex"), hex);
    assert.deepEqual(findBlock2([option]), block);
  });
}

test("a reserved size, a number beyond 20 bits and more than 3 octets are no block [RFC 7959 §2.2]", () => {
  const wrong = (code: string) => (error: unknown) =>
    error instanceof WireError && error.code === code;
  const value = (...octets: number[]) => [
    opaqueOption(OptionNumber.Block2, Uint8Array.from(octets)),
  ];
  assert.throws(() => findBlock2(value(0x0f)), wrong("wire/malformed"));
  assert.throws(() => findBlock2(value(0, 0, 0, 1)), wrong("wire/out-of-range"));
  assert.throws(
    () => block2Option({ number: 2 ** 20, more: false, exponent: 0 }),
    wrong("wire/out-of-range"),
  );
  assert.throws(
    () => block2Option({ number: 0, more: false, exponent: 7 }),
    wrong("wire/out-of-range"),
  );
  assert.equal(findBlock2([]), undefined);
});

function filled(number: number, length: number): { number: number; value: Uint8Array } {
  return opaqueOption(number, new Uint8Array(length).fill(0x61));
}

function checked(options: Parameters<typeof checkOptions>[0]): unknown {
  const result = checkOptions(options, ALL);
  if (result.tag === "ok") return { tag: "ok", options: result.options.map((o) => o.number) };
  return { tag: "bad", number: result.option.number, fault: result.fault };
}
