import type { Mitigation, Status } from "../../agent/control/contract.ts";
import { BeatsCard } from "../parts/beats-card.tsx";
import { CertificateNote } from "../parts/certificate-note.tsx";
import { CopyText } from "../parts/copy-text.tsx";
import { Hero } from "../parts/hero.tsx";
import { Note } from "../parts/note.tsx";
import { OtherSituations } from "../parts/other-situations.tsx";
import { TargetsCard } from "../parts/targets-card.tsx";
import { TrafficCard } from "../parts/traffic-card.tsx";
import { clockTime, type Millis } from "../model/format.ts";
import type { StateName } from "../model/situation.ts";
import { useApp } from "../state/app.ts";
import { strings } from "../strings.ts";

/** Home: what is true now, and what stands behind it. */
export function HomePage() {
  const { home, view } = useApp();
  const situation = home.value;
  const status = view.status?.value;
  const known = status !== undefined && status.sessions.length > 0;
  return (
    <>
      <Hero situation={situation}>
        <Command state={situation.state} />
      </Hero>
      {known && view.status !== undefined && <KnownNote told={view.status.at} />}
      <OtherSituations situations={situation.others} />
      {known &&
        status.sessions.map((session) => (
          <CertificateNote key={session.providerId} session={session} named />
        ))}
      {known && <Cards status={status} />}
      {situation.state === "not-set-up" && <Welcome />}
    </>
  );
}

/** What to type where this page cannot help: a browser starts no programs. */
function Command({ state }: { readonly state: StateName }) {
  const { noAgent, signedOut } = strings.home;
  if (window.mayday !== undefined || (state !== "no-agent" && state !== "signed-out")) return null;
  const { howTo, command } = state === "no-agent" ? noAgent : signedOut;
  return (
    <p class="command">
      {howTo} <CopyText text={command} />
    </p>
  );
}

/** What stands below the panel is as old as the last that the agent told. */
function KnownNote({ told }: { readonly told: Millis }) {
  const lost = useApp().link.value;
  if (lost.tag !== "lost") return null;
  return <Note severity="info">{strings.common.lost.known(clockTime(told))}</Note>;
}

/** What to expect, for who sees this for the first time. */
function Welcome() {
  const { title, steps } = strings.home.welcome;
  return (
    <section class="card welcome" aria-labelledby="welcome-title">
      <h2 id="welcome-title">{title}</h2>
      <ol>
        {steps.map((step) => (
          <li key={step.title}>
            <h3>{step.title}</h3>
            <p class="soft">{step.text}</p>
          </li>
        ))}
      </ol>
    </section>
  );
}

function Cards({ status }: { readonly status: Status }) {
  const { sessions, mitigations } = status;
  return (
    <div class="cards">
      {mitigations.filter(hasTraffic).map((mitigation) => (
        <TrafficCard key={mitigation.id} mitigation={mitigation} />
      ))}
      {sessions.map((session) => (
        <BeatsCard key={session.providerId} session={session} named={sessions.length > 1} />
      ))}
      <TargetsCard />
    </div>
  );
}

function hasTraffic({ phase, acceptedAt }: Mitigation): boolean {
  return phase !== "asking" && acceptedAt !== null;
}
