/** Words for numbers: units, plurals, lists. */
export const units = {
  bitRates: ["bit/s", "kbit/s", "Mbit/s", "Gbit/s", "Tbit/s"],
  byteSizes: ["bytes", "kB", "MB", "GB", "TB"],
  packetRate: (count: string): string => `${count} packets/s`,
  quantity: (number: string, unit: string): string => `${number} ${unit}`,
  millis: (count: string): string => `${count} ms`,
  noTime: "less than a second",
  seconds: (count: number): string => plural(count, "second"),
  minutes: (count: number): string => plural(count, "minute"),
  hours: (count: number): string => plural(count, "hour"),
  days: (count: number): string => plural(count, "day"),
  twoUnits: (first: string, second: string): string => `${first} ${second}`,
  ago: (duration: string): string => `${duration} ago`,
  two: (first: string, second: string): string => `${first} and ${second}`,
  oneAndMore: (first: string, more: number): string => `${first} and ${more} more`,
  today: "Today",
  yesterday: "Yesterday",
} as const;

function plural(count: number, one: string): string {
  return `${count} ${count === 1 ? one : `${one}s`}`;
}
