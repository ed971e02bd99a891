/** As much of Electron's `app` as tells instances apart. */
export interface InstanceLock {
  requestSingleInstanceLock(): boolean;
  on(event: "second-instance", listener: () => void): unknown;
}

/**
 * Whether this is the first instance on this data directory. If it is, `onSecond` is called whenever somebody starts
 * another one, who wants to see the window; if not, the first one has been told, and this one is to end.
 */
export function claimInstance(app: InstanceLock, onSecond: () => void): boolean {
  if (!app.requestSingleInstanceLock()) return false;
  app.on("second-instance", () => onSecond());
  return true;
}
