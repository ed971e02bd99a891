/** The state behind the pages, with the agent's double at the other end of a real control connection. */
import { ClientCore } from "../../../../agent/control/client-core.ts";
import { serveChannel } from "../../../../agent/control/server-connection.ts";
import { AgentLink } from "../../../../renderer/api/agent-link.ts";
import { ActivityBook } from "../../../../renderer/state/activity-book.ts";
import { AgentView } from "../../../../renderer/state/agent-view.ts";
import { RequestDesk } from "../../../../renderer/state/request-desk.ts";
import { createDouble, type ControlDouble } from "../../../support/control-double.ts";
import {
  aPreview,
  aProvider,
  aSession,
  aStatus,
  aTarget,
} from "../../../support/control-samples.ts";
import { MemoryChannel } from "../../../support/memory-channel.ts";
import { VirtualClock } from "../../../support/virtual-clock.ts";

const SILENT = { warn: () => {}, error: () => {} };

/** A lost agent that has come back is found within this time. */
export const BACK_MS = 300;

/** An agent with one provider and two targets. */
export function aReadyAgent(): ControlDouble {
  return createDouble({
    status: aStatus({ sessions: [aSession()] }),
    providers: [aProvider()],
    targets: [aTarget(), aTarget({ id: "t2", name: "Mail", target: "203.0.113.8" })],
    preview: aPreview(),
  });
}

/** Everything that pages read, joined to `double`. */
export async function openLab(double = aReadyAgent()) {
  const clock = new VirtualClock();
  const api = new ClientCore();
  let lost = (): void => {};
  const link = new AgentLink(
    {
      api,
      hangUp: () => api.close(),
      dial: (onLost) => {
        const [agent, mine] = MemoryChannel.pair();
        const { handlers } = double;
        const service = { handlers, events: double, right: "write", version: "1.2.3" } as const;
        serveChannel(agent, { ...service, log: SILENT, clock });
        api.attach(mine);
        lost = () => onLost("no-agent");
        return Promise.resolve();
      },
    },
    clock,
  );
  /** The agent goes away; it is back as soon as it is dialled again. */
  const lose = (): void => {
    api.close();
    lost();
  };
  let keys = 0;
  const view = new AgentView({ api, link: link.state, now: () => clock.wallTime() });
  const desk = new RequestDesk({
    api,
    view,
    link: link.state,
    after: (delay, fire) => clock.after(delay, fire),
    makeKey: () => `key-${String((keys += 1)).padStart(8, "0")}`,
  });
  const activity = new ActivityBook(api, link.state);
  link.start();
  await clock.advance(0);
  return { double, clock, view, desk, activity, lose };
}
