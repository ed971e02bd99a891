/** Longest piece of a peer's text in a diagnostic or a log line. */
const MAX_QUOTED = 60;

/** Text that a peer made, fit to stand in a diagnostic: in quotes, without control characters, cut short. */
export function quoted(text: string): string {
  return JSON.stringify(text.length > MAX_QUOTED ? `${text.slice(0, MAX_QUOTED)}…` : text);
}

/** A list that stays short: at most `most` entries, then how many more there are. */
export function shortList(entries: readonly string[], most = 4): string {
  const rest = entries.length - most;
  const shown = entries.slice(0, most).join(", ");
  return rest > 0 ? `${shown} and ${rest} more` : shown;
}
