/** Where the page is. What follows a page's name is handed on as it is. */
export type Route =
  | { readonly page: "home" }
  /** `request`: the id of the one to watch; undefined: the form. */
  | { readonly page: "help"; readonly request: string | undefined }
  | { readonly page: "activity" }
  | { readonly page: "providers"; readonly adding: boolean; readonly test: string | undefined }
  | { readonly page: "unknown" };

/** A page that the navigation leads to. */
export type PageName = Exclude<Route["page"], "unknown">;

/** What a hash such as `#/help/17` leads to. */
export function routeOf(hash: string): Route {
  const [page = "", ...rest] = hash
    .replace(/^#?\/?/, "")
    .split("/")
    .map(decode);
  const [first, second] = rest;
  switch (page) {
    case "":
    case "home":
      return { page: "home" };
    case "help":
      return { page: "help", request: first };
    case "activity":
      return { page: "activity" };
    case "providers":
      return {
        page: "providers",
        adding: first === "add",
        test: first === "test" ? second : undefined,
      };
    default:
      return { page: "unknown" };
  }
}

/** The hash of a page, or of a part of it. */
export function hashOf(page: PageName, ...parts: readonly string[]): string {
  return `#/${[page, ...parts.map(encodeURIComponent)].join("/")}`;
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part; // typed by hand; it leads nowhere then
  }
}
