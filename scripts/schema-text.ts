/** The forms of the control contract's schemas as text, close to TypeScript's notation. */
import { z } from "zod";

/** Any schema, as zod's own parts hand them out. */
type Schema = z.core.$ZodType;

/** One field of what a call takes. */
export interface Field {
  readonly name: string;
  readonly form: string;
  /** `yes`, `no`, or what is taken when it is left out. */
  readonly needed: string;
  readonly description: string;
}

/** Schemas that have a name of their own, which is written where they are used. */
export class SchemaNames {
  /** By definition, which a schema shares with the copies that `describe` makes of it. */
  readonly #names = new Map<unknown, string>();
  readonly #used = new Map<string, Schema>();

  constructor(named: Readonly<Record<string, unknown>>) {
    for (const [name, schema] of Object.entries(named)) {
      if (schema instanceof z.ZodObject || schema instanceof z.ZodEnum) {
        this.#names.set(schema.def, name);
      }
    }
  }

  /** The name of a schema, if it has one; it is among `used` then. */
  nameOf(schema: Schema): string | undefined {
    const name = this.#names.get(schema._zod.def);
    if (name !== undefined && !this.#used.has(name)) this.#used.set(name, schema);
    return name;
  }

  /** The names that were written so far and what they stand for, with those in their turn, sorted. */
  used(): readonly (readonly [name: string, text: string])[] {
    const texts = new Map<string, string>();
    for (const [name, schema] of this.#used) texts.set(name, this.bodyOf(schema)); // grows meanwhile
    return [...texts].toSorted(([a], [b]) => (a < b ? -1 : 1));
  }

  /** The form of a schema: its name or, if it has none, what it is. */
  formOf(schema: Schema): string {
    return this.nameOf(schema) ?? this.bodyOf(schema);
  }

  /** What a schema is. */
  bodyOf(schema: Schema): string {
    if (schema instanceof z.ZodObject) return this.#objectText(schema);
    if (schema instanceof z.ZodArray) return arrayText(this.formOf(schema.element));
    if (schema instanceof z.ZodNullable) return `${this.formOf(schema.unwrap())} | null`;
    if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault) {
      return this.formOf(schema.unwrap());
    }
    if (schema instanceof z.ZodUnion) {
      return schema.options.map((option) => this.formOf(option)).join(" | ");
    }
    if (schema instanceof z.ZodRecord) return `{ [name]: ${this.formOf(schema.valueType)} }`;
    return leafText(schema);
  }

  #objectText(schema: z.ZodObject): string {
    const fields = Object.entries<Schema>(schema.shape).map(([name, field]) => {
      const mark = field instanceof z.ZodOptional ? "?" : "";
      const key = /^\w+$/.test(name) ? name : `"${name}"`;
      return `${key}${mark}: ${this.formOf(field)};`;
    });
    return fields.length === 0 ? "{}" : `{\n${indent(fields.join("\n"))}\n}`;
  }

  /** The fields that an input has; of each form, if it has several. */
  inputsOf(schema: Schema): readonly (readonly Field[])[] {
    if (schema instanceof z.ZodUnion) {
      return schema.options.flatMap((option) => this.inputsOf(option));
    }
    if (!(schema instanceof z.ZodObject)) return [];
    return [
      Object.entries<Schema>(schema.shape).map(([name, field]) => this.#fieldOf(name, field)),
    ];
  }

  #fieldOf(name: string, field: Schema): Field {
    const description = field instanceof z.ZodType ? (field.description ?? "") : "";
    return { name, form: this.formOf(field), needed: neededText(field), description };
  }
}

function neededText(field: Schema): string {
  if (field instanceof z.ZodOptional) return "no";
  if (field instanceof z.ZodDefault) return JSON.stringify(field.def.defaultValue);
  return "yes";
}

function arrayText(element: string): string {
  const isOne = /^(?:[\w"-]+|\{[^]*\})$/.test(element);
  return isOne ? `${element}[]` : `(${element})[]`;
}

function leafText(schema: Schema): string {
  if (schema instanceof z.ZodISODateTime) return "instant";
  if (schema instanceof z.ZodString) {
    return schema.maxLength === null ? "string" : `string of at most ${schema.maxLength}`;
  }
  if (schema instanceof z.ZodNumber) return numberText(schema);
  if (schema instanceof z.ZodBoolean) return "boolean";
  if (schema instanceof z.ZodNull) return "null";
  if (schema instanceof z.ZodNever) return "never";
  if (schema instanceof z.ZodEnum) return enumText(schema.options);
  throw new TypeError(`there are no words for a schema of type ${schema._zod.def.type}`);
}

/** Longer ones have a line for each value. */
const MAX_ENUM_LINE = 100;

function enumText(options: readonly (string | number)[]): string {
  const values = options.map((option) => JSON.stringify(option));
  const line = values.join(" | ");
  return line.length <= MAX_ENUM_LINE ? line : values.map((value) => `\n  | ${value}`).join("");
}

function numberText({ format, minValue, maxValue }: z.ZodNumber): string {
  const kind = format === null ? "number" : "integer";
  const hasLow = minValue !== null && minValue > Number.MIN_SAFE_INTEGER;
  const hasHigh = maxValue !== null && maxValue < Number.MAX_SAFE_INTEGER;
  return hasLow && hasHigh ? `${kind} from ${minValue} to ${maxValue}` : kind;
}

function indent(text: string): string {
  return text.replaceAll(/^/gm, "  ");
}
