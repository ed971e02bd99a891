import { MOST_OF_FILE } from "../model/provider-form.ts";

/** The texts of a form's fields, in the order of `names`, without the space around them. */
export function formText(form: EventTarget | null, ...names: readonly string[]): string[] {
  const data = form instanceof HTMLFormElement ? new FormData(form) : new FormData();
  return names.map((name) => {
    const value = data.get(name);
    return typeof value === "string" ? value.trim() : "";
  });
}

/** The same by name, with what is in the files that were picked; a file that cannot be read is empty. */
export async function formTexts<Name extends string>(
  form: EventTarget | null,
  names: readonly Name[],
): Promise<Partial<Record<Name, string>>> {
  const data = form instanceof HTMLFormElement ? new FormData(form) : new FormData();
  const texts: Partial<Record<Name, string>> = {};
  const read = async (name: Name): Promise<void> => {
    texts[name] = await textOf(data.get(name));
  };
  await Promise.all(names.map(read));
  return texts;
}

async function textOf(value: FormDataEntryValue | null): Promise<string> {
  if (value === null) return "";
  if (typeof value === "string") return value.trim();
  const text = await value
    .slice(0, MOST_OF_FILE)
    .text()
    .catch(() => "");
  return text.trim();
}
