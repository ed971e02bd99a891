/** What a page of the server's own says. It is HTML written here, and never holds anything of a request. */
export interface PageText {
  readonly title: string;
  readonly paragraphs: readonly string[];
}

/** Where the pages' style is, for everybody who can reach the console. */
export const STYLE_PATH = "/console.css";

/** A page of the server's own, for when there is no interface to show. */
export function pageOf({ title, paragraphs }: PageText): string {
  const text = paragraphs.map((paragraph) => `      <p>${paragraph}</p>`).join("\n");
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>${title} · Mayday</title>
    <link rel="icon" href="data:,">
    <link rel="stylesheet" href="${STYLE_PATH}">
  </head>
  <body>
    <main>
      <h1>${title}</h1>
${text}
    </main>
  </body>
</html>
`;
}

/** The style of those pages, in the colours of the interface. */
export const PAGE_STYLE = `:root {
  color-scheme: light dark;
  --bg: light-dark(oklch(98.2% 0.004 250), oklch(19% 0.012 255));
  --panel: light-dark(#fff, oklch(23.5% 0.014 255));
  --line: light-dark(oklch(91% 0.008 250), oklch(32% 0.014 255));
  --ink: light-dark(oklch(25% 0.02 255), oklch(95% 0.006 250));
  --soft: light-dark(oklch(46% 0.02 255), oklch(75% 0.014 250));
  --accent: light-dark(oklch(52% 0.17 258), oklch(74% 0.13 255));
  font: 16px/1.5 system-ui, "Segoe UI", Roboto, sans-serif;
}
* { box-sizing: border-box; }
body {
  margin: 0;
  min-height: 100vh;
  display: grid;
  place-items: center;
  padding: 16px;
  background: var(--bg);
  color: var(--ink);
}
main {
  width: 100%;
  max-width: 32rem;
  padding: 28px;
  background: var(--panel);
  border: 1px solid var(--line);
  border-radius: 20px;
}
h1 { margin: 0 0 12px; font-size: 24px; line-height: 1.25; font-weight: 650; text-wrap: balance; }
p { margin: 8px 0 0; color: var(--soft); }
code {
  padding: 2px 6px;
  border: 1px solid var(--line);
  border-radius: 6px;
  color: var(--ink);
  font: 14px ui-monospace, Menlo, Consolas, monospace;
}
a { color: var(--accent); }
`;
