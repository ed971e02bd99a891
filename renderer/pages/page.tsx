import { hashOf, type Route } from "../model/route.ts";
import { LinkButton } from "../parts/button.tsx";
import { PageHead } from "../parts/page-head.tsx";
import { strings } from "../strings.ts";
import { ActivityPage } from "./activity.tsx";
import { GetHelpPage } from "./get-help.tsx";
import { HomePage } from "./home.tsx";
import { ProvidersPage } from "./providers.tsx";

/** The page that a route leads to. */
export function Page({ route }: { readonly route: Route }) {
  switch (route.page) {
    case "home":
      return <HomePage />;
    case "help":
      return <GetHelpPage request={route.request} />;
    case "activity":
      return <ActivityPage />;
    case "providers":
      return <ProvidersPage adding={route.adding} test={route.test} />;
    case "unknown":
      return <UnknownPage />;
  }
}

function UnknownPage() {
  const { title, text, home } = strings.common.unknownPage;
  return (
    <>
      <PageHead title={title} lead={text} />
      <div class="actions">
        <LinkButton kind="primary" to={hashOf("home")}>
          {home}
        </LinkButton>
      </div>
    </>
  );
}
