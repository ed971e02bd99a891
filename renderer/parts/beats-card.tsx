import type { Session } from "../../agent/control/contract.ts";
import { beatStrip } from "../model/heartbeats.ts";
import { useApp } from "../state/app.ts";
import { strings } from "../strings.ts";
import { PracticeBadge } from "./badge.tsx";
import { Facts } from "./facts.tsx";

/** The recent heartbeats of one provider: answered ones stand on the ground, missed ones are hollow and full height. */
export function BeatsCard({
  session,
  named,
}: {
  readonly session: Session;
  /** Whether the title says whose they are. */
  readonly named: boolean;
}) {
  const { now } = useApp();
  const strip = beatStrip(session, now.value);
  const { title, titleOf } = strings.home.heartbeats;
  return (
    <section class="card">
      <h2>
        {named ? titleOf(session.provider) : title}
        {strip.over !== undefined && <span class="aside">{strip.over}</span>}
        {session.kind === "practice" && <PracticeBadge />}
      </h2>
      {strip.bars.length > 0 && (
        <div class="beats" role="img" aria-label={strip.accessible}>
          {strip.bars.map(({ missed, height }, index) => (
            <i
              key={index}
              class={missed ? "missed" : undefined}
              style={{ height: `${height * 100}%` }}
            />
          ))}
        </div>
      )}
      <Facts facts={strip.facts} />
    </section>
  );
}
