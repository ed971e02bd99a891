/** What an evil peer may do to its flights, as plots. */
import { HandshakeType } from "../../agent/wire/dtls/handshake.ts";
import { bodyOf, type Line, type Message, type Plot } from "./evil-peer.ts";

/** How the changed message stands to the rest, in words. */
export const MODES = ["proved", "unproved", "on the wire"] as const;

/** Says the flight of that round without the line at that place. */
export function skipping(mode: Plot["mode"], round: number, index: number): Plot {
  return inRound(mode, round, (flight) => flight.filter((_, i) => i !== index));
}

/** Says that line twice. */
export function repeating(mode: Plot["mode"], round: number, index: number): Plot {
  return inRound(mode, round, (flight) =>
    flight.flatMap((line, i) => (i === index ? [line, line] : [line])),
  );
}

/** Lets that line and the next one change places. */
export function swapping(mode: Plot["mode"], round: number, index: number): Plot {
  return inRound(mode, round, (flight) => {
    const [one, next] = [flight[index], flight[index + 1]];
    if (!one || !next) throw new Error("there is no next one");
    return [...flight.slice(0, index), next, one, ...flight.slice(index + 2)];
  });
}

/** Changes one flight. */
export function inRound(
  mode: Plot["mode"],
  wanted: number,
  change: (flight: readonly Line[]) => readonly Line[],
): Plot {
  return { mode, change: (flight, round) => (round === wanted ? change(flight) : flight) };
}

/** Puts other lines in the place of each message of that type. */
export function replacing(
  type: number,
  change: (message: Message) => readonly Line[],
  mode: Plot["mode"] = "proved",
): Plot {
  const swap = (line: Line): readonly Line[] =>
    line.tag === "message" && line.type === type ? change(line) : [line];
  return { mode, change: (flight) => flight.flatMap(swap) };
}

/** Changes the body of each message of that type, whatever is in it by then. */
export function editing(
  type: number,
  edit: (body: Uint8Array) => Uint8Array,
  mode: Plot["mode"] = "proved",
): Plot {
  const edited = (message: Message): Message => ({
    ...message,
    body: () => edit(bodyOf(message).slice()),
  });
  return replacing(type, (message) => [edited(message)], mode);
}

/** Says these lines before the first one that fits, in its flight. */
export function inserting(
  fits: (line: Line) => boolean,
  lines: readonly Line[],
  mode: Plot["mode"] = "proved",
): Plot {
  return {
    mode,
    change(flight) {
      const at = flight.findIndex(fits);
      return at < 0 ? flight : [...flight.slice(0, at), ...lines, ...flight.slice(at)];
    },
  };
}

/** Fits messages of that type. */
export function ofType(type: number): (line: Line) => boolean {
  return (line) => line.tag === "message" && line.type === type;
}

/** What a line is called. */
export function nameOf(line: Line): string {
  if (line.tag === "change-cipher-spec") return "ChangeCipherSpec";
  if (line.tag === "record") return `record of type ${line.type}`;
  const [name] = Object.entries(HandshakeType).find(([, type]) => type === line.type) ?? ["?"];
  return name.charAt(0).toUpperCase() + name.slice(1);
}

/** Without its last octet. */
export const truncated = (body: Uint8Array): Uint8Array => body.slice(0, -1);
/** With one octet too many. */
export const trailed = (body: Uint8Array): Uint8Array => Uint8Array.of(...body, 0);
export const emptied = (): Uint8Array => new Uint8Array();

/** With one bit turned, counted from the end where `at` is negative. */
export function flipped(at: number): (body: Uint8Array) => Uint8Array {
  return (body) => {
    const index = at < 0 ? body.length + at : at;
    return body.with(index, (body[index] ?? 0) ^ 1);
  };
}
