import type { ComponentChildren } from "preact";

/** The top of a page: its title, and what it is for. */
export function PageHead({
  title,
  lead,
  children,
}: {
  readonly title: string;
  readonly lead?: string;
  readonly children?: ComponentChildren;
}) {
  return (
    <header class="page-head">
      <div>
        <h1 id="page-title" tabIndex={-1}>
          {title}
        </h1>
        {lead !== undefined && <p class="soft">{lead}</p>}
      </div>
      {children}
    </header>
  );
}
