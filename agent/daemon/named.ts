import { ControlError } from "../control/control-error.ts";
import type { Reason } from "../control/contract.ts";
import type { Random } from "../net/ports.ts";

/** Things that users gave names. */

const ID_OCTETS = 6;

interface Named {
  readonly id: string;
  readonly name: string;
}

/** The one that a user means by its id or its name, in whatever case. */
export function findNamed<T extends Named>(all: Iterable<T>, reference: string): T | undefined {
  const list = [...all];
  const wanted = folded(reference);
  return (
    list.find(({ id }) => id === reference) ?? list.find(({ name }) => folded(name) === wanted)
  );
}

/** @throws {ControlError} `name-taken`: another one answers to that name. */
export function refuseTaken(what: string, all: Iterable<Named>, name: string): void {
  const other = findNamed(all, name);
  if (other === undefined) return;
  throw new ControlError({
    reason: "name-taken",
    message: `There is a ${what} named "${other.name}" already.`,
    hint: `Choose another name, or remove that ${what} first.`,
  });
}

/** That nothing answers to a reference; the hint names what there is. */
export function noSuch(
  reason: Reason,
  what: string,
  reference: string,
  all: Iterable<Named>,
): ControlError {
  const names = [...all].map(({ name }) => `"${name}"`);
  return new ControlError({
    reason,
    message: `There is no ${what} "${reference}".`,
    hint: names.length === 0 ? `There is no ${what} yet.` : `There is ${names.join(", ")}.`,
  });
}

/** A new id: `p-` and 12 hexadecimal digits. */
export function newId(prefix: string, random: Random): string {
  return idOf(prefix, random.bytes(ID_OCTETS));
}

/** An id made of the first octets of a hash, or of chance. */
export function idOf(prefix: string, octets: Uint8Array): string {
  const digits = [...octets.subarray(0, ID_OCTETS)].map((octet) =>
    octet.toString(16).padStart(2, "0"),
  );
  return `${prefix}-${digits.join("")}`;
}

/** Names are compared as people read them. */
function folded(name: string): string {
  return name.trim().normalize("NFC").toLowerCase();
}
