import type { z } from "zod";

/**
 * What is wrong with a value, in plain words. Values are never repeated: one of them may be a key that was put into
 * the wrong field.
 */

/** A value of the schema's form, or what is wrong with it. */
export type Checked<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly faults: string };

/** More faults help nobody. */
const MAX_FAULTS = 8;

/** Checks `value`; what the schema does not know of an output is left out, so that it does not travel. */
export function check<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
): Checked<z.output<Schema>> {
  const result = schema.safeParse(value, { error: wordsFor });
  if (result.success) return { ok: true, value: result.data };
  const faults = result.error.issues.flatMap((issue) => explain(issue, []));
  const shown = faults.slice(0, MAX_FAULTS).join("; ");
  return { ok: false, faults: faults.length > MAX_FAULTS ? `${shown}; and more` : shown };
}

/** One line for each fault of one issue: `targets[0]: is empty`. */
function explain(issue: z.core.$ZodIssue, above: readonly PropertyKey[]): string[] {
  const path = [...above, ...issue.path];
  if (issue.code === "invalid_union") {
    const nearest = nearestForm(issue.errors);
    if (nearest !== undefined) return nearest.flatMap((inner) => explain(inner, path));
  }
  return [`${pathText(path)}: ${issue.message}`];
}

/** Of several forms the one that was meant: with the fewest fields that it does not know, then the fewest faults. */
function nearestForm(forms: readonly z.core.$ZodIssue[][]): z.core.$ZodIssue[] | undefined {
  const strange = (form: readonly z.core.$ZodIssue[]): number =>
    form.filter(({ code }) => code === "unrecognized_keys").length;
  return forms.toSorted((a, b) => strange(a) - strange(b) || a.length - b.length)[0];
}

function pathText(path: readonly PropertyKey[]): string {
  if (path.length === 0) return "the input";
  return path
    .map((part, at) =>
      typeof part === "number" ? `[${part}]` : `${at > 0 ? "." : ""}${String(part)}`,
    )
    .join("");
}

/** The words for what a schema has no words of its own for. */
function wordsFor(issue: z.core.$ZodRawIssue): string {
  switch (issue.code) {
    case "invalid_type":
      return issue.input === undefined
        ? "is missing"
        : `is not ${KINDS[issue.expected] ?? issue.expected}`;
    case "too_small":
      return `${LESS[issue.origin] ?? "is less than"} ${String(issue.minimum)}`;
    case "too_big":
      return `${MORE[issue.origin] ?? "is more than"} ${String(issue.maximum)}`;
    case "invalid_value":
      return `is not one of ${issue.values.map(String).join(", ")}`;
    case "unrecognized_keys":
      return strangeText(issue.keys);
    case "invalid_union":
      return "has none of the forms that are taken";
    default:
      return "is not of the form that is expected";
  }
}

const KINDS: Readonly<Record<string, string>> = {
  string: "a text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  object: "an object",
  array: "a list",
  null: "null",
};

/** How each kind is too small and too large: a text by its characters, a list by its entries. */
const LESS: Readonly<Record<string, string>> = {
  string: "has fewer characters than",
  array: "has fewer entries than",
};
const MORE: Readonly<Record<string, string>> = {
  string: "has more characters than",
  array: "has more entries than",
};

/** Names of fields come from the caller as values do: only what looks like a name is repeated. */
function strangeText(keys: readonly string[]): string {
  const names = keys.filter((key) => /^[A-Za-z][A-Za-z-]{0,29}$/.test(key)).slice(0, 3);
  return names.length === 0
    ? "holds a field that is not known here"
    : `holds what is not known here: ${names.join(", ")}`;
}
