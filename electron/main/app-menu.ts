import { words } from "./words.ts";

/** One entry of the application's menu: an Electron role, with our words where we say them. */
export interface MenuEntry {
  readonly role?: "appMenu" | "editMenu" | "windowMenu" | "close";
  readonly label?: string;
  readonly accelerator?: string;
  readonly click?: () => void;
  readonly submenu?: MenuEntry[];
}

/**
 * The application's menu: no reload, no developer tools, no zoom that could not be undone. macOS needs the usual ones for
 * its key strokes; elsewhere the menu is hidden until Alt, and quits where there is no tray to do that.
 */
export function appMenu(platform: NodeJS.Platform, quit: () => void): MenuEntry[] {
  if (platform === "darwin") {
    return [{ role: "appMenu" }, { role: "editMenu" }, { role: "windowMenu" }];
  }
  const file: MenuEntry[] = [
    { role: "close", label: words.menu.close },
    { label: words.menu.quit, accelerator: "CmdOrCtrl+Q", click: quit },
  ];
  return [{ label: words.menu.file, submenu: file }, { role: "editMenu" }];
}
