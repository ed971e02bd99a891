import { InvalidArgumentError } from "commander";
import type { z } from "zod";
import { check } from "../control/explain.ts";

/**
 * Readers of arguments that are fields of the control contract: what the agent would refuse for its form is refused
 * before it is asked, and commander names the flag.
 */

/** Text of a field's form. @throws {InvalidArgumentError} */
export function textArgument(field: z.ZodType<string, string>): (text: string) => string {
  return (text) => {
    return valueOf(field, text);
  };
}

/** A whole number of a field's form. @throws {InvalidArgumentError} */
export function numberArgument(
  field: z.ZodType<number, number | undefined>,
): (text: string) => number {
  return (text) => {
    if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError("Not a whole number.");
    return valueOf(field, Number(text));
  };
}

function valueOf<Field extends z.ZodType>(field: Field, value: unknown): z.output<Field> {
  const read = check(field, value);
  if (read.ok) return read.value;
  throw new InvalidArgumentError(`It ${read.faults.replaceAll("the input: ", "")}.`);
}
