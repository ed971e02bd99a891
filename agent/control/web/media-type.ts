/** How a file is labelled, and whether packing it gains anything. */
export interface MediaType {
  readonly name: string;
  readonly isText: boolean;
}

const UNKNOWN: MediaType = { name: "application/octet-stream", isText: false };

const TYPES: ReadonlyMap<string, MediaType> = new Map([
  ["html", text("text/html; charset=utf-8")],
  ["css", text("text/css; charset=utf-8")],
  ["js", text("text/javascript; charset=utf-8")],
  ["mjs", text("text/javascript; charset=utf-8")],
  ["json", text("application/json")],
  ["webmanifest", text("application/manifest+json")],
  ["svg", text("image/svg+xml")],
  ["txt", text("text/plain; charset=utf-8")],
  ["png", packed("image/png")],
  ["ico", packed("image/x-icon")],
  ["webp", packed("image/webp")],
  ["woff2", packed("font/woff2")],
]);

/** By the ending of the file's name. Browsers are told not to guess, so an unknown file is only octets. */
export function mediaTypeOf(name: string): MediaType {
  const ending = name.slice(name.lastIndexOf(".") + 1).toLowerCase();
  return TYPES.get(ending) ?? UNKNOWN;
}

function text(name: string): MediaType {
  return { name, isText: true };
}

function packed(name: string): MediaType {
  return { name, isText: false };
}
