import { hashOf, type PageName } from "../model/route.ts";
import { useApp } from "../state/app.ts";
import { strings } from "../strings.ts";
import { Icon } from "./icon.tsx";
import { MARK_PATHS, PAGE_PATHS } from "./icon-paths.ts";

const PAGES: readonly PageName[] = ["home", "help", "activity", "providers"];

/** The way to every page: beside it, or under it where it is narrow. */
export function Navigation() {
  const { route, view } = useApp();
  const { product, mainNavigation, nav, agentVersion } = strings.common;
  const version = view.status?.value.agent.version;
  return (
    <nav class="navigation" aria-label={mainNavigation}>
      <p class="brand">
        <Mark />
        {product}
      </p>
      <ul>
        {PAGES.map((page) => (
          <li key={page}>
            <a href={hashOf(page)} aria-current={route.value.page === page ? "page" : undefined}>
              <Icon paths={PAGE_PATHS[page]} />
              {nav[page]}
            </a>
          </li>
        ))}
      </ul>
      {version !== undefined && <p class="version">{agentVersion(version)}</p>}
    </nav>
  );
}

function Mark() {
  return (
    <svg class="mark" viewBox="2.6 2.6 11 18.8" aria-hidden="true">
      {MARK_PATHS.map((path) => (
        <path key={path} d={path} />
      ))}
    </svg>
  );
}
