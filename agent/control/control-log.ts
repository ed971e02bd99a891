/** Where the control interface reports faults; the agent's log is one as it stands. Never a key, never an input. */
export interface ControlLog {
  warn(fields: ControlLogFields, message: string): void;
  error(fields: ControlLogFields, message: string): void;
}

/** What can be said along with a line of the log. */
export type ControlLogFields = Readonly<Record<string, string | number | boolean | undefined>>;
