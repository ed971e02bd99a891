import { APP_ROOT } from "./app-protocol.ts";
import { LEAST } from "./window-state.ts";
import type { Placement } from "./window-state.ts";

/** What a window is made of. */
export interface WindowParts {
  /** The preload's file. */
  readonly preload: string;
  /** The window's own icon, where the system does not take it from the package. */
  readonly icon: string;
  readonly placement: Placement;
  readonly dark: boolean;
  /** Whether this is what users have: nobody looks into its pages with developer tools. */
  readonly released: boolean;
}

/** The options of `new BrowserWindow`. What is said of the page is also Electron's default today; here it stays so. */
export function windowOptions({ preload, icon, placement, dark, released }: WindowParts) {
  const { maximized: _, ...bounds } = placement;
  return {
    ...bounds,
    minWidth: LEAST.width,
    minHeight: LEAST.height,
    title: "Mayday",
    icon,
    show: false, // until there is something to see
    backgroundColor: dark ? "#12161c" : "#f8fafc",
    autoHideMenuBar: true,
    webPreferences: {
      preload,
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      webSecurity: true,
      allowRunningInsecureContent: false,
      experimentalFeatures: false,
      webviewTag: false,
      navigateOnDragDrop: false,
      spellcheck: false, // its dictionaries would be fetched from elsewhere
      devTools: !released,
    },
  };
}

/** An event that can be refused. */
interface Refusable {
  preventDefault(): void;
}

/** As much of Electron's `WebContents` as can leave our pages. */
export interface Leavable {
  on(event: "will-navigate", listener: (event: Refusable & { readonly url: string }) => void): this;
  on(event: "will-frame-navigate", listener: (event: FrameNavigation) => void): this;
  on(event: "will-redirect" | "will-attach-webview", listener: (event: Refusable) => void): this;
  setWindowOpenHandler(handler: () => { action: "deny" }): void;
}

interface FrameNavigation extends Refusable {
  readonly isMainFrame: boolean;
}

/** Keeps a window on its own page: it may load that anew and goes nowhere else, nor does it open another one. */
export function keepAtHome(contents: Leavable): void {
  contents.on("will-navigate", (event) => {
    if (!isHome(event.url)) event.preventDefault();
  });
  contents.on("will-frame-navigate", (event) => {
    if (!event.isMainFrame) event.preventDefault();
  });
  contents.on("will-redirect", (event) => event.preventDefault());
  contents.on("will-attach-webview", (event) => event.preventDefault());
  contents.setWindowOpenHandler(() => ({ action: "deny" }));
}

/** Whether a URL is the one page that there is, whatever part of it is shown. */
export function isHome(url: string): boolean {
  const [page] = url.split("#");
  return page === APP_ROOT || page === `${APP_ROOT}index.html`;
}
