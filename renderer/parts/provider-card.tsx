import { useEffect } from "preact/hooks";
import { useSignal } from "@preact/signals";
import type { Provider, Session } from "../../agent/control/contract.ts";
import { providerDetails } from "../model/engineer.ts";
import { providerState } from "../model/provider-state.ts";
import { useApp } from "../state/app.ts";
import { strings } from "../strings.ts";
import { Badge, PracticeBadge } from "./badge.tsx";
import { Button } from "./button.tsx";
import { CertificateNote } from "./certificate-note.tsx";
import { RemoveDialog } from "./confirm-dialog.tsx";
import { EngineerDetails } from "./engineer-details.tsx";
import { Facts } from "./facts.tsx";
import { STATE_PATHS } from "./icon-paths.ts";
import { ProviderTestView, useProviderTest } from "./provider-test.tsx";

const words = strings.providers;

/** One provider: how it stands with it, and what can be done with it. */
export function ProviderCard({
  provider,
  session,
  testNow,
}: {
  readonly provider: Provider;
  readonly session: Session | undefined;
  /** Whether the page was opened to find out what is wrong with it. */
  readonly testNow: boolean;
}) {
  const { now } = useApp();
  const removing = useSignal(false);
  const test = useProviderTest();
  const { id, name, kind, server } = provider;
  const titleId = `provider-${id}`;
  const { state, tone, badge, facts } = providerState(session, now.value);
  useEffect(() => {
    if (!testNow) return;
    test.run({ provider: id });
    document.getElementById(titleId)?.focus();
  }, [testNow]);
  return (
    <section class="card provider" aria-labelledby={titleId}>
      <div class="provider-head">
        <div>
          <h2 class="title" id={titleId} tabIndex={-1}>
            {name}
          </h2>
          <code>{server}</code>
        </div>
        {kind === "practice" && <PracticeBadge />}
        <Badge tone={tone} paths={STATE_PATHS[state]} words={badge} />
      </div>
      <Facts facts={facts} />
      {session !== undefined && <CertificateNote session={session} />}
      <ProviderTestView test={test} />
      <EngineerDetails details={providerDetails(provider, session)} />
      <div class="actions">
        <Button about={name} busy={test.task.busy} onClick={() => test.run({ provider: id })}>
          {words.test.run}
        </Button>
        <Button about={name} onClick={() => (removing.value = true)}>
          {words.remove}
        </Button>
      </div>
      {removing.value && (
        <RemoveProvider provider={provider} onClose={() => (removing.value = false)} />
      )}
    </section>
  );
}

function RemoveProvider({
  provider: { id, name, kind },
  onClose,
}: {
  readonly provider: Provider;
  readonly onClose: () => void;
}) {
  const { api, view } = useApp();
  return (
    <RemoveDialog
      title={words.removeTitle(name)}
      text={kind === "practice" ? words.removePractice : words.removeText}
      onConfirm={async () => {
        await api.call("provider.remove", { provider: id });
        view.removeProvider(id);
      }}
      onClose={onClose}
    />
  );
}
