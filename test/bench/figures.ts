/** What benchmarks share: percentiles and plain tables. */

/** The `share` quantile (0 to 1) of some numbers, by the nearest rank. NaN when there are none. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

/** Milliseconds for people. */
export function ms(value: number): string {
  return Number.isNaN(value) ? "-" : value.toFixed(value < 10 ? 2 : 0);
}

/** Rows of equal length as aligned text; the first is the head. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  return rows
    .map((row) => row.map((cell, column) => cell.padStart(widths[column] ?? 0)).join("  "))
    .join("\n");
}
