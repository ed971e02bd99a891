import process from "node:process";

/** The first SIGTERM or Ctrl-C from now on, by its name. A second one ends the process as ever. */
export function endSignal(): Promise<string> {
  return new Promise((resolve) => {
    for (const signal of ["SIGTERM", "SIGINT"] as const)
      process.once(signal, () => resolve(signal));
  });
}

/** Fires at Ctrl-C or SIGTERM, which then end nothing by themselves: a command ends its own way. */
export function interruptSignal(): AbortSignal {
  const interrupt = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => interrupt.abort());
  }
  return interrupt.signal;
}
