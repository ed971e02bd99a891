import type { z } from "zod";

/** How the control contract is written down: calls, events, and what is derived from their definitions. */

/**
 * What a connection may do. `read` sees, `write` also changes, `admin` also hands out access. Each includes the one
 * before it.
 */
export type Right = "read" | "write" | "admin";

/** One call: a question with exactly one answer. */
export interface CallDefinition<
  Input extends z.ZodType,
  Output extends z.ZodType,
  Reason extends string,
  Progress extends z.ZodType,
> {
  /** One line for help texts and the API's page. */
  readonly summary: string;
  readonly needs: Right;
  readonly input: Input;
  readonly output: Output;
  /** The reasons for which this call is refused, apart from those that every call has (`CommonReason`). */
  readonly errors: readonly Reason[];
  /** What is told before the answer, where the work takes long. */
  readonly progress?: Progress;
}

/** One event: told to every connection that listens, whenever it happens. */
export interface EventDefinition<Payload extends z.ZodType> {
  readonly summary: string;
  readonly needs: Right;
  readonly payload: Payload;
}

/** Defines a call. */
export function call<
  Input extends z.ZodType,
  Output extends z.ZodType,
  const Reason extends string,
  Progress extends z.ZodType = z.ZodNever,
>(
  definition: CallDefinition<Input, Output, Reason, Progress>,
): CallDefinition<Input, Output, Reason, Progress> {
  return definition;
}

/** Defines an event. */
export function event<Payload extends z.ZodType>(
  definition: EventDefinition<Payload>,
): EventDefinition<Payload> {
  return definition;
}

/** A call or event whatever it carries: for code that treats all alike. */
export type AnyCall = CallDefinition<z.ZodType, z.ZodType, string, z.ZodType>;
export type AnyEvent = EventDefinition<z.ZodType>;

/** Groups of definitions. `group.name` is what travels. */
export type Groups<Definition> = Readonly<Record<string, Readonly<Record<string, Definition>>>>;

/** The dotted names of `Defined`: `"provider.add"`. */
export type NamesOf<Defined extends Groups<unknown>> = {
  [Group in keyof Defined & string]: `${Group}.${keyof Defined[Group] & string}`;
}[keyof Defined & string];

/** The definition that a dotted name stands for. */
export type Named<
  Defined extends Groups<unknown>,
  Name extends string,
> = Name extends `${infer Group}.${infer Member}`
  ? Group extends keyof Defined
    ? Member extends keyof Defined[Group]
      ? Defined[Group][Member]
      : never
    : never
  : never;

/** All definitions by their dotted names, in the order written. */
export function byName<Definition>(groups: Groups<Definition>): ReadonlyMap<string, Definition> {
  return new Map(
    Object.entries(groups).flatMap(([group, members]) =>
      Object.entries(members).map(([name, one]) => [`${group}.${name}`, one] as const),
    ),
  );
}

const RANK: Readonly<Record<Right, number>> = { read: 0, write: 1, admin: 2 };

/** Whether a connection that has `right` may do what needs `needed`. */
export function permits(right: Right, needed: Right): boolean {
  return RANK[right] >= RANK[needed];
}
