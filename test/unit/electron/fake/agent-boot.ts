/** Gives the built entry of the agent's process the `process.parentPort` that Electron would. */
import { EventEmitter } from "node:events";
import process from "node:process";
import { pathToFileURL } from "node:url";
import { MessageChannel } from "node:worker_threads";

/** Between this process and the fake Electron: what the shell said, or a text of the control channel. */
export type Packet =
  | { readonly tag: "message"; readonly data: unknown; readonly ports: number }
  | { readonly tag: "text"; readonly text: unknown };

if (process.send !== undefined) {
  const send = (packet: Packet): void => void process.send?.(packet);
  const { port1, port2 } = new MessageChannel();
  port1.on("message", (text) => send({ tag: "text", text }));
  port1.unref();
  const parentPort = Object.assign(new EventEmitter(), {
    postMessage: (data: unknown) => send({ tag: "message", data, ports: 0 }),
  });
  Object.assign(process, { parentPort });
  await import(pathToFileURL(process.argv[2] ?? "").href);
  process.on("message", (packet: Packet) => {
    if (packet.tag === "text") port1.postMessage(packet.text);
    else parentPort.emit("message", { data: packet.data, ports: packet.ports > 0 ? [port2] : [] });
  });
  process.on("disconnect", () => process.exit(1)); // as Electron ends it with itself
}
