/** What can be said along with a line of the log. Never a key or a token. */
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

/** Where the agent reports what happens; pino's logger is one as it stands. */
export interface Log {
  debug(fields: LogFields, message: string): void;
  info(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  error(fields: LogFields, message: string): void;
}
