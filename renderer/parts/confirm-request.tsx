import { useEffect, useRef } from "preact/hooks";
import type { ScopePreview } from "../../agent/control/contract.ts";
import { duration } from "../model/format.ts";
import { hashOf } from "../model/route.ts";
import { useApp } from "../state/app.ts";
import { fromHere } from "../state/from-here.ts";
import { strings } from "../strings.ts";
import { PracticeBadge } from "./badge.tsx";
import { Button } from "./button.tsx";
import { FaultNote } from "./fault-note.tsx";
import { Note } from "./note.tsx";
import { ScopeTable } from "./scope-table.tsx";

const words = strings.help.confirm;

/** The request exactly as it will be sent, before it is. */
export function ConfirmRequest({ preview }: { readonly preview: ScopePreview }) {
  const { desk } = useApp();
  const title = useRef<HTMLHeadingElement>(null);
  useEffect(() => title.current?.focus(), []);
  const { provider, items, scope, warnings } = preview;
  const send = (): void => {
    const goOn = fromHere(location);
    void desk.send(({ id }) => goOn(hashOf("help", id)));
  };
  return (
    <section class="card spaced confirm" aria-labelledby="confirm-title">
      <div>
        {provider.kind === "practice" && <PracticeBadge />}
        <h2 class="title" id="confirm-title" ref={title} tabIndex={-1}>
          {words.title(provider.name)}
        </h2>
        <p class="soft">{words.lead}</p>
      </div>
      <dl class="scope">
        <div>
          <dt>{words.asked}</dt>
          {items.map(({ given, name }) => (
            <dd key={given}>{name ?? given}</dd>
          ))}
        </div>
      </dl>
      <ScopeTable scope={scope} />
      <dl class="scope">
        <div>
          <dt>{words.lifetime}</dt>
          <dd>{duration(desk.form.lifetimeS)}</dd>
        </div>
      </dl>
      <Warnings warnings={warnings} />
      <DeskNote />
      <FaultNote fault={desk.sending.fault} />
      <div class="actions">
        <Button kind="primary" busy={desk.sending.busy} onClick={send}>
          {words.send(provider.name)}
        </Button>
        <Button blocked={desk.sending.busy} onClick={() => desk.lookAway()}>
          {strings.common.back}
        </Button>
      </div>
    </section>
  );
}

/** Why the user should look again. Read out as soon as it is there. */
export function DeskNote() {
  const { notice } = useApp().desk;
  return (
    <div role="alert">
      {notice !== undefined && (
        <Note severity="warn">
          <p>{words.notices[notice]}</p>
        </Note>
      )}
    </div>
  );
}

function Warnings({ warnings }: { readonly warnings: readonly string[] }) {
  if (warnings.length === 0) return null;
  return (
    <Note severity="warn">
      <h3>{words.warnings}</h3>
      <ul>
        {warnings.map((warning) => (
          <li key={warning}>{warning}</li>
        ))}
      </ul>
    </Note>
  );
}
