/** The texts of a form's fields, in the order of `names`, without the space around them. */
export function formText(form: EventTarget | null, ...names: readonly string[]): string[] {
  const data = form instanceof HTMLFormElement ? new FormData(form) : new FormData();
  return names.map((name) => {
    const value = data.get(name);
    return typeof value === "string" ? value.trim() : "";
  });
}
