import { InvalidArgumentError } from "commander";
import type { z } from "zod";

/**
 * Readers of arguments that are fields of the control contract: what the agent would refuse for its form is refused
 * before it is asked, and commander names the flag.
 */

/** Text of a field's form. @throws {InvalidArgumentError} */
export function textArgument(field: z.ZodType<string, string>): (text: string) => string {
  return (text) => {
    const read = field.safeParse(text);
    if (read.success) return read.data;
    throw refused(read.error);
  };
}

/** A whole number of a field's form. @throws {InvalidArgumentError} */
export function numberArgument(
  field: z.ZodType<number, number | undefined>,
): (text: string) => number {
  return (text) => {
    if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError("Not a whole number.");
    const read = field.safeParse(Number(text));
    if (read.success) return read.data;
    throw refused(read.error);
  };
}

function refused(error: z.ZodError): InvalidArgumentError {
  return new InvalidArgumentError(error.issues.map(({ message }) => `It ${message}.`).join(" "));
}
