import { useEffect, useRef } from "preact/hooks";
import { Page } from "./pages/page.tsx";
import { ErrorBoundary } from "./parts/error-boundary.tsx";
import { Navigation } from "./parts/navigation.tsx";
import { useApp } from "./state/app.ts";
import { strings } from "./strings.ts";

/** What stands around every page. */
export function Frame() {
  const { route } = useApp();
  const main = useRef<HTMLElement>(null);
  const shown = route.value;
  useTitle(shown.page === "unknown" ? undefined : strings.common.nav[shown.page]);
  useFocus(JSON.stringify(shown));
  return (
    <>
      <a
        class="skip"
        href="#main"
        onClick={(event) => {
          event.preventDefault(); // the hash is the page's address
          main.current?.focus();
        }}
      >
        {strings.common.skip}
      </a>
      <div class="app">
        <Navigation />
        <main id="main" ref={main} tabIndex={-1}>
          <ErrorBoundary key={shown.page}>
            <Page route={shown} />
          </ErrorBoundary>
        </main>
      </div>
    </>
  );
}

function useTitle(page: string | undefined): void {
  useEffect(() => {
    document.title = page === undefined ? strings.common.product : strings.common.titleOf(page);
  }, [page]);
}

/** A page that was changed by a link begins at its title, for the eyes and for a screen reader alike. */
function useFocus(address: string): void {
  const first = useRef(true);
  useEffect(() => {
    if (first.current) {
      first.current = false;
      return;
    }
    scrollTo(0, 0);
    const focused = document.activeElement;
    const within = focused?.closest("main") ?? null;
    if (within === null) document.getElementById("page-title")?.focus({ preventScroll: true });
  }, [address]);
}
