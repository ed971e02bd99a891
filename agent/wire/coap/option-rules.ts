import { WireError } from "../bytes.ts";
import type { CoapOption } from "./message.ts";
import { isCritical, OptionNumber, stringValue } from "./options.ts";

/** What one option may look like. */
export interface OptionRule {
  readonly name: string;
  readonly format: "empty" | "opaque" | "uint" | "string";
  /** Octets, inclusive. */
  readonly minLength: number;
  readonly maxLength: number;
  readonly repeatable: boolean;
}

/**
 * The options known here. [RFC 7252 §5.10 Table 4] [RFC 7641 §2] [RFC 7959 §2.1] [RFC 7959 §4]
 * [RFC 8768 §3] [RFC 9177 §4.1]
 */
export const OPTION_RULES: ReadonlyMap<number, OptionRule> = new Map([
  [OptionNumber.IfMatch, rule("If-Match", "opaque", 0, 8, "repeatable")],
  [OptionNumber.UriHost, rule("Uri-Host", "string", 1, 255)],
  [OptionNumber.ETag, rule("ETag", "opaque", 1, 8, "repeatable")],
  [OptionNumber.IfNoneMatch, rule("If-None-Match", "empty", 0, 0)],
  [OptionNumber.Observe, rule("Observe", "uint", 0, 3)],
  [OptionNumber.UriPort, rule("Uri-Port", "uint", 0, 2)],
  [OptionNumber.LocationPath, rule("Location-Path", "string", 0, 255, "repeatable")],
  [OptionNumber.UriPath, rule("Uri-Path", "string", 0, 255, "repeatable")],
  [OptionNumber.ContentFormat, rule("Content-Format", "uint", 0, 2)],
  [OptionNumber.MaxAge, rule("Max-Age", "uint", 0, 4)],
  [OptionNumber.UriQuery, rule("Uri-Query", "string", 0, 255, "repeatable")],
  [OptionNumber.HopLimit, rule("Hop-Limit", "uint", 1, 1)],
  [OptionNumber.Accept, rule("Accept", "uint", 0, 2)],
  [OptionNumber.QBlock1, rule("Q-Block1", "uint", 0, 3)],
  [OptionNumber.LocationQuery, rule("Location-Query", "string", 0, 255, "repeatable")],
  [OptionNumber.Block2, rule("Block2", "uint", 0, 3)],
  [OptionNumber.Block1, rule("Block1", "uint", 0, 3)],
  [OptionNumber.Size2, rule("Size2", "uint", 0, 4)],
  [OptionNumber.QBlock2, rule("Q-Block2", "uint", 0, 3, "repeatable")],
  [OptionNumber.ProxyUri, rule("Proxy-Uri", "string", 1, 1034)],
  [OptionNumber.ProxyScheme, rule("Proxy-Scheme", "string", 1, 255)],
  [OptionNumber.Size1, rule("Size1", "uint", 0, 4)],
]);

/** Why an option cannot be accepted. */
export type OptionFault = "unknown" | "length" | "text" | "repeated";

/** What `checkOptions` found. */
export type CheckedOptions =
  | { readonly tag: "ok"; readonly options: readonly CoapOption[] }
  | { readonly tag: "bad"; readonly option: CoapOption; readonly fault: OptionFault };

/**
 * Sorts out the options of a received message: elective ones that are not in `understood`, have a wrong
 * length, are not UTF-8 where they must be, or repeat without leave are dropped; the first critical one of
 * that kind is the finding. [RFC 7252 §5.4.1] [RFC 7252 §5.4.3] [RFC 7252 §5.4.5]
 */
export function checkOptions(
  options: readonly CoapOption[],
  understood: ReadonlySet<number>,
): CheckedOptions {
  const kept: CoapOption[] = [];
  const seen = new Set<number>();
  for (const option of options) {
    const fault = faultOf(option, understood, seen);
    seen.add(option.number);
    if (fault === undefined) kept.push(option);
    else if (isCritical(option.number)) return { tag: "bad", option, fault };
  }
  return { tag: "ok", options: kept };
}

/** A finding in words, for the diagnostic payload of a 4.02. [RFC 7252 §5.5.2] */
export function describeOptionFault(option: CoapOption, fault: OptionFault): string {
  const name = OPTION_RULES.get(option.number)?.name;
  const subject =
    name === undefined ? `option ${option.number}` : `option ${name} (${option.number})`;
  switch (fault) {
    case "unknown":
      return `${subject} is not supported`;
    case "length":
      return `${subject} cannot be ${option.value.length} octets long`;
    case "text":
      return `${subject} is not UTF-8`;
    case "repeated":
      return `${subject} may not be repeated`;
  }
}

function faultOf(
  option: CoapOption,
  understood: ReadonlySet<number>,
  seen: ReadonlySet<number>,
): OptionFault | undefined {
  if (!understood.has(option.number)) return "unknown";
  const known = OPTION_RULES.get(option.number);
  if (known === undefined) return undefined; // understood by the caller alone: its own rules hold
  const { length } = option.value;
  if (length < known.minLength || length > known.maxLength) return "length";
  if (known.format === "string" && !isText(option)) return "text";
  return seen.has(option.number) && !known.repeatable ? "repeated" : undefined;
}

function isText(option: CoapOption): boolean {
  try {
    stringValue(option);
    return true;
  } catch (error) {
    if (error instanceof WireError) return false;
    throw error;
  }
}

function rule(
  name: string,
  format: OptionRule["format"],
  minLength: number,
  maxLength: number,
  repeatable?: "repeatable",
): OptionRule {
  return { name, format, minLength, maxLength, repeatable: repeatable === "repeatable" };
}
