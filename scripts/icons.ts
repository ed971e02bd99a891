/**
 * `node scripts/icons.ts`: draws the PNGs of resources/ anew from their SVGs, with Debian's Chromium. They are kept in
 * the repository, since neither building nor packaging should need a browser.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { chromium, type Page } from "playwright-core";
import { whereIs } from "./peers.ts";
import { filesUnder, ROOT } from "./tree.ts";

/** One picture: an SVG, how wide it becomes, and the colour that its `currentColor` stands for. */
export interface Picture {
  readonly svg: string;
  readonly png: string;
  readonly size: number;
  readonly color: string;
}

/** What desktops ask for. The largest is also what the installers for macOS and Windows make theirs of. */
const APP_SIZES = [16, 32, 48, 64, 128, 256, 512] as const;

/** Seen on light panels and on dark ones. Their shapes differ too. */
const TRAY_COLORS: Readonly<Record<string, string>> = {
  asking: "#3f7ae6",
  attention: "#d9822b",
  filtering: "#3f7ae6",
  off: "#8a94a3",
  ready: "#2a9d68",
};

/** Every picture there is to be. */
export function pictures(): Picture[] {
  const app = APP_SIZES.map((size) => ({
    svg: "resources/icon.svg",
    png: `resources/icons/${size}x${size}.png`,
    size,
    color: "black",
  }));
  const tray = filesUnder("resources/tray")
    .filter((path) => path.endsWith(".svg"))
    .flatMap((svg) => trayPictures(svg));
  return [...app, ...tray];
}

/** In colour, and in black, which macOS replaces by what suits its menu bar; each also for dense screens. */
function trayPictures(svg: string): Picture[] {
  const shape = basename(svg, ".svg");
  const color = TRAY_COLORS[shape];
  if (color === undefined) throw new Error(`${svg}: no colour is known for this shape`);
  const named = (name: string, size: number, of: string): Picture => ({
    svg,
    png: `${dirname(svg)}/${name}.png`,
    size,
    color: of,
  });
  return [
    named(shape, 16, color),
    named(`${shape}@2x`, 32, color),
    named(`${shape}Template`, 16, "black"),
    named(`${shape}Template@2x`, 32, "black"),
  ];
}

async function draw(page: Page, { svg, size, color }: Picture): Promise<Buffer> {
  const source = readFileSync(join(ROOT, svg), "utf8");
  const style = `body{margin:0;color:${color}} svg{display:block;width:${size}px;height:${size}px}`;
  await page.setViewportSize({ width: size, height: size });
  await page.setContent(`<style>${style}</style>${source}`);
  return page.screenshot({ omitBackground: true });
}

async function main(): Promise<void> {
  const executablePath = whereIs("chromium");
  if (executablePath === undefined) throw new Error("needs chromium (Debian package chromium)");
  const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
  try {
    const page = await browser.newPage();
    for (const picture of pictures()) {
      const path = join(ROOT, picture.png);
      mkdirSync(dirname(path), { recursive: true });
      const png = await draw(page, picture);
      writeFileSync(path, png);
      console.log(`${picture.png} ${png.length} octets`);
    }
  } finally {
    await browser.close();
  }
}

if (process.argv[1] === import.meta.filename) await main();
