/**
 * What the shell's main process imports as "electron" while a test runs it: as much of Electron as it uses, without a
 * screen. Windows are seen by their URL, the tray by its menu; the agent's process is a real one.
 */
import { fork, type ChildProcess } from "node:child_process";
import { EventEmitter } from "node:events";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { MessageChannel, type MessagePort } from "node:worker_threads";
import type { Packet } from "./agent-boot.ts";

type Handler = (event: unknown, message: unknown) => unknown;

/** An event that a listener may stop. */
class StoppableEvent {
  isStopped = false;
  readonly preventDefault = (): void => {
    this.isStopped = true;
  };
}

/** What was done to Electron, for a test to look at. */
export const seen = {
  paths: new Map<string, string>(),
  handlers: new Map<string, Handler>(),
  schemes: new Map<string, (request: object) => Promise<Response>>(),
  windows: [] as BrowserWindow[],
  trays: [] as Tray[],
  agents: [] as ChildProcess[],
  notices: [] as string[],
  isSandboxed: false,
};

class App extends EventEmitter {
  readonly isPackaged = true;
  setName(): void {}
  setAppUserModelId(): void {}
  setPath(name: string, path: string): void {
    seen.paths.set(name, path);
  }
  enableSandbox(): void {
    seen.isSandboxed = true;
  }
  requestSingleInstanceLock(): boolean {
    return true;
  }
  async whenReady(): Promise<void> {}
  quit(): void {
    const event = new StoppableEvent();
    this.emit("before-quit", event);
    if (!event.isStopped) this.exit(0);
  }
  exit: (code: number) => void = (code) => process.exit(code);
}

export const app = new App();

/** A page, and what it is sent. */
class WebContents extends EventEmitter {
  readonly mainFrame = { url: "" };
  readonly received = new EventEmitter();
  isDestroyed(): boolean {
    return false;
  }
  send(channel: string, message: unknown): void {
    this.received.emit(channel, {}, structuredClone(message));
  }
  setWindowOpenHandler(): void {}
  reload(): void {}
}

export class BrowserWindow extends EventEmitter {
  readonly webContents = new WebContents();
  readonly options: { readonly webPreferences: Readonly<Record<string, unknown>> };
  isShown = false;

  constructor(options: BrowserWindow["options"]) {
    super();
    this.options = options;
    seen.windows.push(this);
    app.emit("web-contents-created", {}, this.webContents);
  }
  async loadURL(url: string): Promise<void> {
    this.webContents.mainFrame.url = url;
    setImmediate(() => this.emit("ready-to-show"));
  }
  show(): void {
    this.isShown = true;
  }
  hide(): void {
    this.isShown = false;
  }
  isVisible(): boolean {
    return this.isShown;
  }
  isFocused(): boolean {
    return false;
  }
  isMinimized(): boolean {
    return false;
  }
  isMaximized(): boolean {
    return false;
  }
  focus(): void {}
  getNormalBounds(): object {
    return { x: 10, y: 20, width: 900, height: 700 };
  }
}

/** Items are what the shell gave. */
export const Menu = {
  buildFromTemplate: (items: unknown): unknown => items,
  setApplicationMenu: (): void => {},
};

export interface MenuItem {
  readonly label?: string;
  readonly click?: () => void;
}

export class Tray extends EventEmitter {
  items: MenuItem[] = [];
  image: string;

  constructor(image: string) {
    super();
    this.image = image;
    seen.trays.push(this);
  }
  setImage(image: string): void {
    this.image = image;
  }
  setToolTip(): void {}
  setContextMenu(items: MenuItem[]): void {
    this.items = items;
  }
  destroy(): void {}
}

export class Notification extends EventEmitter {
  readonly #title: string;
  static isSupported(): boolean {
    return true;
  }
  constructor({ title }: { title: string }) {
    super();
    this.#title = title;
  }
  show(): void {
    seen.notices.push(this.#title);
  }
  close(): void {}
}

export const MessageChannelMain = MessageChannel;
export const dialog = { showErrorBox: (...words: string[]) => console.error(words.join(": ")) };
export const nativeImage = { createFromPath: (path: string): string => path };
export const nativeTheme = { shouldUseDarkColors: false };
export const powerMonitor = new EventEmitter();
export const screen = {
  getAllDisplays: () => [{ workArea: { x: 0, y: 0, width: 1440, height: 900 } }],
};
export const ipcMain = {
  handle: (channel: string, handler: Handler): void => void seen.handlers.set(channel, handler),
  removeHandler: (channel: string): void => void seen.handlers.delete(channel),
};
export const protocol = {
  registerSchemesAsPrivileged: (): void => {},
  handle: (scheme: string, handler: (request: object) => Promise<Response>): void =>
    void seen.schemes.set(scheme, handler),
};
export const session = {
  defaultSession: Object.assign(new EventEmitter(), {
    setPermissionRequestHandler: (): void => {},
    setPermissionCheckHandler: (): void => {},
    setDevicePermissionHandler: (): void => {},
  }),
};

export const utilityProcess = {
  fork: (entry: string): object => new UtilityProcess(entry),
};

/** The agent's process. A port cannot be handed over to it, so that its texts are carried across. */
class UtilityProcess extends EventEmitter {
  readonly #child: ChildProcess;
  #port: MessagePort | undefined;

  constructor(entry: string) {
    super();
    this.#child = fork(fileURLToPath(import.meta.resolve("./agent-boot.ts")), [entry]);
    seen.agents.push(this.#child);
    this.#child.on("message", (packet: Packet) => {
      if (packet.tag === "text") this.#port?.postMessage(packet.text);
      else this.emit("message", packet.data);
    });
    this.#child.on("error", () => {}); // it was sent something while it ended
    this.#child.on("exit", (code) => {
      this.#port?.close();
      this.emit("exit", code ?? 1);
    });
  }

  postMessage(data: unknown, ports: readonly MessagePort[] = []): void {
    const [port] = ports;
    this.#send({ tag: "message", data, ports: ports.length });
    if (port === undefined) return;
    this.#port = port;
    port.on("message", (text) => this.#send({ tag: "text", text }));
  }

  kill(): boolean {
    return this.#child.kill();
  }

  #send(packet: Packet): void {
    if (this.#child.connected) this.#child.send(packet);
  }
}
