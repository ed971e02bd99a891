import { contextBridge, ipcRenderer } from "electron";
import { expose } from "./exposed.ts";

/** The contract's names, put here by the build, so that nothing of its schemas is in the preload. */
declare const __MAYDAY_CALLS__: readonly string[];
declare const __MAYDAY_EVENTS__: readonly string[];

contextBridge.exposeInMainWorld(
  "mayday",
  expose(ipcRenderer, { calls: __MAYDAY_CALLS__, events: __MAYDAY_EVENTS__ }),
);
