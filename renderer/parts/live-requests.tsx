import { shortList } from "../model/format.ts";
import { mitigationSituation } from "../model/mitigation-situation.ts";
import { hashOf } from "../model/route.ts";
import { useApp } from "../state/app.ts";
import { strings } from "../strings.ts";
import { Badge } from "./badge.tsx";
import { STATE_PATHS } from "./icon-paths.ts";

/** What was asked for already and is still alive, so that nobody asks twice. */
export function LiveRequests() {
  const { view, now, link } = useApp();
  const status = view.status;
  if (status === undefined || status.value.mitigations.length === 0) return null;
  const { mitigations, sessions } = status.value;
  const lost = link.value.tag === "lost" ? link.value.why : undefined;
  return (
    <section class="card" aria-labelledby="live-title">
      <h2 id="live-title">{strings.help.live}</h2>
      <ul class="live-requests">
        {mitigations.map((mitigation) => {
          const session = sessions.find(({ provider }) => provider === mitigation.provider);
          const context = { session, told: status.at, now: now.value, lost };
          const { state, tone } = mitigationSituation(mitigation, context);
          return (
            <li key={mitigation.id}>
              <a href={hashOf("help", mitigation.id)}>{shortList(mitigation.targets)}</a>
              <Badge
                tone={tone}
                paths={STATE_PATHS[state]}
                words={strings.home.otherBadge[state]}
              />
            </li>
          );
        })}
      </ul>
    </section>
  );
}
