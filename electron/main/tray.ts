import type { ShellState, Shape } from "./shell-state.ts";
import { words } from "./words.ts";

/** One line of the tray's menu. */
export type TrayItem =
  | { readonly type: "separator" }
  | { readonly label: string; readonly enabled: boolean; readonly click?: () => void };

/** What the tray's menu leads to. */
export interface TrayActions {
  readonly open: () => void;
  readonly getHelp: () => void;
  readonly quit: () => void;
}

/** As much of Electron's `Tray` as is needed; `Image` and `Menu` are Electron's. */
export interface TrayIcon<Image, Menu> {
  setImage(image: Image): void;
  setToolTip(text: string): void;
  setContextMenu(menu: Menu): void;
  on(event: "click", listener: () => void): unknown;
  destroy(): void;
}

/** What the tray is made of. */
export interface TrayParts<Image, Menu> {
  /** @throws {Error} there is no tray here. */
  readonly create: (image: Image) => TrayIcon<Image, Menu>;
  readonly imageOf: (shape: Shape) => Image;
  readonly menuOf: (items: TrayItem[]) => Menu;
  readonly actions: TrayActions;
}

/** The icon in the tray. */
export interface Tray {
  show(state: ShellState): void;
  close(): void;
}

/**
 * The menu for a state. Everything in it is also in the window: where there is no tray, or it is hidden, nothing is
 * out of reach.
 */
export function trayMenu({ sentence }: ShellState, actions: TrayActions): TrayItem[] {
  return [
    { label: sentence, enabled: false },
    { type: "separator" },
    { label: words.tray.open, enabled: true, click: actions.open },
    { label: words.tray.getHelp, enabled: true, click: actions.getHelp },
    { type: "separator" },
    { label: words.tray.quit, enabled: true, click: actions.quit },
  ];
}

/** What is shown where the pointer rests. */
export function trayTip({ sentence }: ShellState): string {
  return `${words.product}: ${sentence}`;
}

/** Puts the icon into the tray; undefined where there is none. */
export function openTray<Image, Menu>(
  parts: TrayParts<Image, Menu>,
  first: ShellState,
): Tray | undefined {
  const icon = created(parts, first);
  if (icon === undefined) return undefined;
  let shown: ShellState | undefined;
  const show = (state: ShellState): void => {
    // Each new menu flickers, or closes the one that the user has open.
    if (state.shape === shown?.shape && state.sentence === shown.sentence) return;
    shown = state;
    icon.setImage(parts.imageOf(state.shape));
    icon.setToolTip(trayTip(state));
    icon.setContextMenu(parts.menuOf(trayMenu(state, parts.actions)));
  };
  show(first);
  icon.on("click", parts.actions.open);
  return { show, close: () => icon.destroy() };
}

function created<Image, Menu>(
  { create, imageOf }: TrayParts<Image, Menu>,
  { shape }: ShellState,
): TrayIcon<Image, Menu> | undefined {
  try {
    return create(imageOf(shape));
  } catch {
    return undefined; // this desktop has none; the window does without
  }
}

/** Desktops that show tray icons as they come, by their names in $XDG_CURRENT_DESKTOP. */
const WITH_TRAY: ReadonlySet<string> = new Set([
  "cinnamon",
  "kde",
  "lxde",
  "lxqt",
  "mate",
  "ubuntu",
  "unity",
  "x-cinnamon",
  "xfce",
]);

/**
 * Whether this desktop surely shows tray icons. Electron cannot tell: on GNOME an icon is made, and nobody sees it. A
 * window that is closed into a tray that is not there is gone, so that only desktops known to have one count.
 */
export function hasTray(
  platform: NodeJS.Platform,
  env: Readonly<Record<string, string | undefined>>,
): boolean {
  if (platform !== "linux") return true;
  const desktops = (env["XDG_CURRENT_DESKTOP"] ?? "").toLowerCase().split(":");
  return desktops.some((one) => WITH_TRAY.has(one));
}
