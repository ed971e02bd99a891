import type { Activity } from "../../agent/control/contract.ts";
import { activityDays, entryDetails, type ActivityDay } from "../model/activity-days.ts";
import { clockTime, instant } from "../model/format.ts";
import { Button } from "../parts/button.tsx";
import { EngineerDetails } from "../parts/engineer-details.tsx";
import { FaultNote } from "../parts/fault-note.tsx";
import { Icon } from "../parts/icon.tsx";
import { SEVERITY_PATHS } from "../parts/icon-paths.ts";
import { LostNote } from "../parts/lost-note.tsx";
import { PageHead } from "../parts/page-head.tsx";
import { useApp } from "../state/app.ts";
import { strings } from "../strings.ts";

const words = strings.activity;

/** What happened, by day. */
export function ActivityPage() {
  const { activity, now } = useApp();
  const { entries, loading, complete } = activity;
  return (
    <>
      <PageHead title={words.page} lead={words.lead} />
      <LostNote />
      <p class="visually-hidden" role="status">
        {activity.latest?.text}
      </p>
      {entries?.length === 0 && !loading.busy && <p class="card soft">{words.none}</p>}
      {activityDays(entries ?? [], now.value).map((day) => (
        <Day key={day.start} day={day} />
      ))}
      <FaultNote fault={loading.fault} />
      <div class="actions">
        {complete ? (
          (entries?.length ?? 0) > 0 && <p class="soft">{words.end}</p>
        ) : (
          <Button busy={loading.busy} onClick={() => void activity.loadOlder()}>
            {words.older}
          </Button>
        )}
      </div>
    </>
  );
}

function Day({ day: { start, name, entries } }: { readonly day: ActivityDay }) {
  const id = `day-${start}`;
  return (
    <section class="card day" aria-labelledby={id}>
      <h2 id={id}>{name}</h2>
      <ol class="entries">
        {entries.map((entry) => (
          <Entry key={entry.id} entry={entry} />
        ))}
      </ol>
    </section>
  );
}

function Entry({ entry }: { readonly entry: Activity }) {
  const { at, severity, text } = entry;
  return (
    <li class={severity}>
      <span class="severity">
        <Icon paths={SEVERITY_PATHS[severity]} />
        <span class="visually-hidden">{words.severities[severity]}</span>
      </span>
      <div>
        <p>{text}</p>
        <EngineerDetails details={entryDetails(entry)} />
      </div>
      <time dateTime={at}>{clockTime(instant(at) ?? 0)}</time>
    </li>
  );
}
