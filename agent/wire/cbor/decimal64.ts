/** YANG's decimal64 with two fraction digits: a decimal fraction in CBOR, a string in JSON. [RFC 9132 §6] */

/** What decimal64 holds, in hundredths: a signed 64-bit integer. [RFC 7950 §9.3.4] */
const MAX_HUNDREDTHS = 2n ** 63n - 1n;

/** Beyond this many places either way, a 64-bit mantissa cannot come out right: refused before it is computed. */
const MAX_SHIFT = 19n;

/** mantissa * 10^exponent as hundredths; undefined when that is not a whole number of them, or too large. */
export function hundredthsOf(exponent: bigint, mantissa: bigint): bigint | undefined {
  if (mantissa === 0n) return 0n;
  const shift = exponent + 2n;
  if (shift > MAX_SHIFT || shift < -MAX_SHIFT) return undefined;
  if (shift >= 0n) return within(mantissa * 10n ** shift);
  const divisor = 10n ** -shift;
  return mantissa % divisor === 0n ? within(mantissa / divisor) : undefined;
}

/** The JSON form of hundredths: "2.00". */
export function decimalText(hundredths: bigint): string {
  const digits = (hundredths < 0n ? -hundredths : hundredths).toString().padStart(3, "0");
  return `${hundredths < 0n ? "-" : ""}${digits.slice(0, -2)}.${digits.slice(-2)}`;
}

/** The hundredths of a JSON form with at most two fraction digits ("2", "2.0", "2.00"); undefined for any other text. */
export function hundredthsOfText(text: string): bigint | undefined {
  const parts = /^(-?)(0|[1-9]\d{0,17})(?:\.(\d{1,2}))?$/.exec(text);
  if (parts === null) return undefined;
  const [, sign = "", whole = "", fraction = ""] = parts;
  return within(BigInt(sign + whole + fraction.padEnd(2, "0")));
}

function within(hundredths: bigint): bigint | undefined {
  return hundredths >= -MAX_HUNDREDTHS - 1n && hundredths <= MAX_HUNDREDTHS
    ? hundredths
    : undefined;
}
