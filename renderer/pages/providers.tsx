import type { Provider } from "../../agent/control/contract.ts";
import { hashOf } from "../model/route.ts";
import { AddProvider } from "../parts/add-provider.tsx";
import { LinkButton } from "../parts/button.tsx";
import { Icon } from "../parts/icon.tsx";
import { TOOL_PATHS } from "../parts/icon-paths.ts";
import { LostNote } from "../parts/lost-note.tsx";
import { PageHead } from "../parts/page-head.tsx";
import { ProviderCard } from "../parts/provider-card.tsx";
import { TryPractice } from "../parts/try-practice.tsx";
import { useApp } from "../state/app.ts";
import { strings } from "../strings.ts";

const words = strings.providers;

/** Who can be called: the list, and adding to it. */
export function ProvidersPage({
  adding,
  test,
}: {
  readonly adding: boolean;
  /** The id of the provider to test at once. */
  readonly test: string | undefined;
}) {
  const { view } = useApp();
  const { providers } = view;
  return (
    <>
      <PageHead title={words.page} lead={words.lead}>
        {!adding && <AddLink first={providers?.length === 0} />}
      </PageHead>
      <LostNote />
      {adding && <AddProvider />}
      {providers?.length === 0 && !adding && <p class="card soft">{words.none}</p>}
      <ProviderList providers={providers ?? []} test={test} />
      {!adding && providers?.every(({ kind }) => kind !== "practice") && <PracticeOffer />}
    </>
  );
}

function AddLink({ first }: { readonly first: boolean }) {
  return (
    <LinkButton kind={first ? "primary" : "quiet"} to={hashOf("providers", "add")}>
      <Icon paths={TOOL_PATHS.add} />
      {words.add}
    </LinkButton>
  );
}

function ProviderList({
  providers,
  test,
}: {
  readonly providers: readonly Provider[];
  readonly test: string | undefined;
}) {
  const sessions = useApp().view.status?.value.sessions ?? [];
  return providers.map((provider) => (
    <ProviderCard
      key={provider.id}
      provider={provider}
      session={sessions.find(({ providerId }) => providerId === provider.id)}
      testNow={test === provider.id}
    />
  ));
}

function PracticeOffer() {
  return (
    <section class="card spaced">
      <div>
        <h2 class="title">{words.practiceOffer}</h2>
        <p class="soft">{words.practiceHint}</p>
      </div>
      <div class="actions">
        <TryPractice />
      </div>
    </section>
  );
}
