import { useEffect, useMemo, useRef } from "preact/hooks";
import { hashOf } from "../model/route.ts";
import { ConfirmRequest } from "../parts/confirm-request.tsx";
import { LinkButton } from "../parts/button.tsx";
import { FaultNote } from "../parts/fault-note.tsx";
import { LostNote } from "../parts/lost-note.tsx";
import { PageHead } from "../parts/page-head.tsx";
import { RequestFormView } from "../parts/request-form-view.tsx";
import { RequestView } from "../parts/request-view.tsx";
import { TryPractice } from "../parts/try-practice.tsx";
import { useApp } from "../state/app.ts";
import { Task } from "../state/task.ts";
import { strings } from "../strings.ts";

const words = strings.help;

/** Asking for help: what, then exactly what, then how it goes. */
export function GetHelpPage({ request }: { readonly request: string | undefined }) {
  return request === undefined ? <Asking /> : <Watching id={request} />;
}

function Asking() {
  const { view, desk } = useApp();
  const { preview } = desk;
  useFocusBack(preview !== undefined);
  const nobody = view.providers?.length === 0;
  return (
    <>
      <PageHead title={words.page} {...(preview === undefined ? { lead: words.lead } : {})} />
      <LostNote />
      {nobody && <NoProvider />}
      {!nobody && preview === undefined && <RequestFormView />}
      {!nobody && preview !== undefined && <ConfirmRequest preview={preview} />}
    </>
  );
}

/** Who comes back from a preview begins at the title again. */
function useFocusBack(previewed: boolean): void {
  const before = useRef(previewed);
  useEffect(() => {
    if (before.current && !previewed) document.getElementById("page-title")?.focus();
    before.current = previewed;
  }, [previewed]);
}

function NoProvider() {
  return (
    <section class="card spaced">
      <h2 class="title">{words.noProvider.title}</h2>
      <p class="soft">{words.noProvider.text}</p>
      <div class="actions">
        <LinkButton kind="primary" to={hashOf("providers", "add")}>
          {strings.home.actions["find-provider"]}
        </LinkButton>
        <TryPractice />
      </div>
    </section>
  );
}

/** A request that is no longer in the status is asked for by its id: the address of this page may be old. */
function Watching({ id }: { readonly id: string }) {
  const { api, view, link } = useApp();
  const known = view.mitigation(id);
  const missing = view.status !== undefined && known === undefined;
  const up = link.value.tag === "up";
  const looking = useMemo(() => new Task(), [id]);
  useEffect(() => {
    if (!missing || !up) return;
    void looking.run(async () => view.showMitigation(await api.call("mitigation.show", { id })));
  }, [id, missing, up]);
  if (known !== undefined) return <RequestView mitigation={known.value} told={known.at} />;
  if (looking.fault?.reason === "no-such-mitigation") {
    return (
      <>
        <PageHead title={words.request.gone} lead={words.request.goneText} />
        <div class="actions">
          <LinkButton to={hashOf("home")}>{strings.common.unknownPage.home}</LinkButton>
        </div>
      </>
    );
  }
  return (
    <>
      <PageHead title={words.request.title} />
      <LostNote />
      <FaultNote fault={looking.fault} />
    </>
  );
}
