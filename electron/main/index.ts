/** The desktop shell: joins Electron's parts to ours. What is decided, is decided in the modules that it imports. */
import { join } from "node:path";
import process from "node:process";
import {
  BrowserWindow,
  Menu,
  MessageChannelMain,
  Notification,
  Tray,
  app,
  dialog,
  ipcMain,
  nativeImage,
  nativeTheme,
  powerMonitor,
  protocol,
  screen,
  session,
  utilityProcess,
} from "electron";
import { ClientCore } from "../../agent/control/client-core.ts";
import { contract } from "../../agent/control/contract.ts";
import { byName } from "../../agent/control/define.ts";
import { messagePortChannel } from "../../agent/control/transport/message-port.ts";
import { dataDirOf, dataFolder, surroundings } from "../../agent/host/data-dir.ts";
import { nodeClock } from "../../agent/net/node/clock.ts";
import type { HostMessage } from "../agent-messages.ts";
import { hostAgent } from "./agent-host.ts";
import type { AgentProcess } from "./agent-host.ts";
import { appMenu } from "./app-menu.ts";
import { APP_ROOT, registerAppScheme, serveApp } from "./app-protocol.ts";
import { QUIT_BUTTON, onQuit, onWindowClosed, quitQuestion } from "./closing.ts";
import { bridgeControl } from "./control-bridge.ts";
import type { Bridge } from "./control-bridge.ts";
import { Life } from "./life.ts";
import { keepAtHome, windowOptions } from "./main-window.ts";
import { Notifier } from "./notifier.ts";
import type { Shown } from "./notifier.ts";
import type { Notice } from "./notices.ts";
import { refusePermissions } from "./permissions.ts";
import { shellLog } from "./shell-log.ts";
import type { Shape } from "./shell-state.ts";
import { claimInstance } from "./single-instance.ts";
import { hasTray, openTray } from "./tray.ts";
import type { TrayParts } from "./tray.ts";
import { Watch } from "./watch.ts";
import { placementOf, readWindowState, writeWindowState } from "./window-state.ts";
import { words } from "./words.ts";

/** dist/, in the package too. */
const BUILT = join(import.meta.dirname, "..", "..");
const PICTURES = join(BUILT, "..", "resources");
const log = shellLog("desktop");
const TRAY = hasTray(process.platform, process.env);

/** Before Electron is ready: what cannot be changed later. Where the shell's own files are. */
function prepare(): string {
  // One place for all that is kept: the command finds the agent that the window started, and the other way round.
  const dataDir = dataDirOf(surroundings());
  const desktopDir = dataFolder(dataDir, "desktop");
  app.setName(words.product);
  app.setAppUserModelId("org.mayday-dots.mayday"); // without it Windows shows no notices
  app.setPath("userData", dataDir);
  app.setPath("sessionData", desktopDir);
  app.enableSandbox();
  registerAppScheme(protocol);
  app.on("web-contents-created", (_event, contents) => keepAtHome(contents));
  return desktopDir;
}

/** Everything that lives as long as the app does. */
class Shell {
  readonly #windowFile: string;

  readonly #client = new ClientCore();
  readonly #bridge = bridgeControl({
    ipc: ipcMain,
    api: this.#client,
    names: {
      calls: new Set(byName<unknown>(contract.calls).keys()),
      events: new Set(byName<unknown>(contract.events).keys()),
    },
    onStranger: (url) => log.error({ url }, "a page that is not the window's was refused"),
  });
  readonly #notifier = new Notifier({
    clock: nodeClock,
    show: showNotice,
    isWatched: () => this.#window.isVisible() && this.#window.isFocused(),
    openWindow: () => this.open(),
  });
  readonly #tray = openTray(this.#trayParts(), { shape: "off", sentence: words.product });
  readonly #watch = new Watch({
    clock: nodeClock,
    api: this.#client,
    onState: (state) => this.#tray?.show(state),
    onStatus: (status) => this.#notifier.tell(status),
  });
  readonly #host = hostAgent({
    clock: nodeClock,
    fork: forkAgent,
    client: this.#client,
    log,
    onState: (state) => this.#watch.host(state),
  });
  readonly #life = new Life({
    onWindowClosed: () =>
      onWindowClosed(process.platform, TRAY && this.#tray !== undefined, this.#watch.status),
    onQuit: () => onQuit(this.#watch.status),
    ask: () => this.#ask(),
    hideWindow: () => {
      this.#keepPlace();
      this.#window.hide();
    },
    tellItStays: () => this.#tellItStays(),
    stop: () => this.#stop(),
    exit: () => app.exit(0),
  });
  readonly #window: BrowserWindow;
  #toldItStays = false;

  constructor(desktopDir: string) {
    this.#windowFile = join(desktopDir, "window.json");
    this.#window = openWindow(this.#windowFile, this.#bridge);
    this.#window.on("close", (event) => this.#life.closeWindow(event));
    app.on("before-quit", (event) => this.#life.beforeQuit(event));
    app.on("activate", () => this.open());
    const endNow = (): void => this.#life.endNow();
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, endNow);
    powerMonitor.on("shutdown", endNow);
    this.#window.on("session-end", endNow);
    Menu.setApplicationMenu(Menu.buildFromTemplate(appMenu(process.platform, () => app.quit())));
  }

  /** Shows the window, wherever it is. */
  open(): void {
    if (this.#window.isMinimized()) this.#window.restore();
    this.#window.show();
    this.#window.focus();
  }

  #getHelp(): void {
    this.#window.loadURL(`${APP_ROOT}#/help`).catch(unloadable);
    this.open();
  }

  #tellItStays(): void {
    if (process.platform === "darwin" || this.#toldItStays) return;
    this.#toldItStays = true;
    const { stays: title, staysBody: body } = words.notices;
    showNotice({ about: "", title, body }, () => this.open());
  }

  #keepPlace(): void {
    const state = { ...this.#window.getNormalBounds(), maximized: this.#window.isMaximized() };
    try {
      writeWindowState(this.#windowFile, state);
    } catch (error) {
      log.warn({ why: String(error) }, "the window's place could not be kept");
    }
  }

  async #ask(): Promise<boolean> {
    this.open();
    const question = quitQuestion(this.#watch.status);
    const { response } = await dialog.showMessageBox(this.#window, question);
    return response === QUIT_BUTTON;
  }

  async #stop(): Promise<void> {
    this.#watch.close();
    this.#notifier.close();
    this.#tray?.close();
    this.#bridge.close();
    await this.#host.stop();
  }

  #trayParts(): TrayParts<Electron.NativeImage, Electron.Menu> {
    return {
      create: (image) => new Tray(image),
      imageOf: trayImage,
      menuOf: (items) => Menu.buildFromTemplate(items),
      actions: {
        open: () => this.open(),
        getHelp: () => this.#getHelp(),
        quit: () => app.quit(),
      },
    };
  }
}

function openWindow(windowFile: string, bridge: Bridge): BrowserWindow {
  const areas = screen.getAllDisplays().map(({ workArea }) => workArea);
  const placement = placementOf(readWindowState(windowFile), areas);
  const window = new BrowserWindow(
    windowOptions({
      preload: join(BUILT, "electron", "preload", "index.cjs"),
      icon: join(PICTURES, "icons", "256x256.png"),
      placement,
      dark: nativeTheme.shouldUseDarkColors,
      released: app.isPackaged,
    }),
  );
  const page = window.webContents;
  bridge.attach(page);
  page.on("did-start-navigation", ({ isMainFrame, isSameDocument }) => {
    if (isMainFrame && !isSameDocument) bridge.drop();
  });
  let mayReload = true; // a page that falls again at once would go on doing so
  page.on("render-process-gone", (_event, { reason }) => {
    log.error({ reason }, "the window's process has ended");
    bridge.drop();
    if (mayReload) page.reload();
    mayReload = false;
    setTimeout(() => (mayReload = true), 10_000);
  });
  window.once("ready-to-show", () => {
    if (placement.maximized) window.maximize();
    window.show();
  });
  window.loadURL(APP_ROOT).catch(unloadable);
  return window;
}

function unloadable(error: unknown): void {
  log.error({ why: String(error) }, "the interface cannot be loaded");
}

function forkAgent(): AgentProcess {
  const entry = join(import.meta.dirname, "agent-process.mjs");
  const child = utilityProcess.fork(entry, [], { serviceName: "Mayday agent", stdio: "inherit" });
  const { port1, port2 } = new MessageChannelMain();
  const attach: HostMessage = { tag: "attach" };
  child.postMessage(attach, [port2]);
  return {
    channel: messagePortChannel(port1),
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a process, not a window
    tell: (message) => child.postMessage(message),
    kill: () => void child.kill(),
    listen: ({ message, exit }) => {
      child.on("message", message);
      child.on("exit", exit);
    },
  };
}

function trayImage(shape: Shape): Electron.NativeImage {
  const kind = process.platform === "darwin" ? "Template" : ""; // macOS colours it itself
  return nativeImage.createFromPath(join(PICTURES, "tray", `${shape}${kind}.png`));
}

function showNotice({ title, body }: Notice, onClick: () => void): Shown {
  if (!Notification.isSupported()) return { close: () => {} };
  const notice = new Notification({ title, body });
  notice.on("click", onClick);
  notice.show();
  return { close: () => notice.close() };
}

/** Starts the shell, unless it runs already: then that one's window is shown. */
async function main(): Promise<void> {
  const desktopDir = prepare();
  const isFirst = claimInstance(app, () => void opened.then((shell) => shell.open()));
  if (!isFirst) {
    app.quit();
    return;
  }
  const opened = app.whenReady().then(() => {
    serveApp(protocol, join(BUILT, "renderer"));
    refusePermissions(session.defaultSession);
    return new Shell(desktopDir);
  });
  await opened;
}

main().catch((error: unknown) => {
  dialog.showErrorBox(words.product, error instanceof Error ? error.message : String(error));
  app.exit(1);
});
