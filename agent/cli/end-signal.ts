import process from "node:process";

/** The first SIGTERM or Ctrl-C from now on, by its name. A second one ends the process as ever. */
export function endSignal(): Promise<string> {
  return new Promise((resolve) => {
    for (const signal of ["SIGTERM", "SIGINT"] as const)
      process.once(signal, () => resolve(signal));
  });
}
