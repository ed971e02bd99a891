import { ControlError } from "../control/control-error.ts";
import type { Activity, Mitigation, Sample, Status } from "../control/contract.ts";
import type { Handlers } from "../control/handlers.ts";
import type { Clock } from "../net/ports.ts";
import { activityView } from "./activity.ts";
import { unwatched, type EndedRequest, type EndedShelf } from "./ended-shelf.ts";
import { preview, request, type IntakeDeps } from "./intake.ts";
import type { LiveRequest } from "./live-request.ts";
import { endedView, liveView, samplesView } from "./mitigation-view.ts";

/** What the calls work with. */
export interface HandlerDeps extends IntakeDeps {
  readonly clock: Clock;
  readonly shelf: EndedShelf;
  readonly status: () => Status;
  readonly changed: () => void;
  readonly consoleLink: (() => { readonly url: string; readonly expiresAt: string }) | undefined;
}

/** How many mitigations a list has at most; older ones are for the activity log. */
const MOST_LISTED = 1_000;

/** Every call of the contract, answered by the agent. */
export function handlersOf(deps: HandlerDeps): Handlers {
  const { providers, targets, ledger } = deps;
  return {
    "agent.status": () => deps.status(),
    "provider.list": () => providers.stored.map((stored) => providers.view(stored)),
    "provider.show": ({ provider }) => providers.view(providers.find(provider)),
    "provider.add": (draft) => providers.add(draft),
    "provider.addPractice": () => providers.addPractice(),
    "provider.test": (input, { progress, signal }) => providers.test(input, progress, signal),
    "provider.remove": ({ provider }) => providers.remove(provider),
    "target.list": () => targets.list(),
    "target.add": (draft) => targets.add(draft),
    "target.remove": ({ target }) => {
      targets.remove(target);
      return {};
    },
    "scope.preview": (draft) => preview(deps, draft),
    "mitigation.request": (draft) => viewOf(deps, request(deps, draft).id),
    "mitigation.list": ({ all }) => list(deps, all),
    "mitigation.show": ({ id }) => viewOf(deps, idOf(id)),
    "mitigation.samples": ({ id }) => samples(deps, idOf(id)),
    "mitigation.withdraw": ({ id }) => withdraw(deps, idOf(id)),
    "activity.list": ({ limit, before }) =>
      ledger
        .read((store) => store.activities(limit, before))
        .map(activityView)
        .filter((entry): entry is Activity => entry !== undefined),
    "console.link": () => ({ ...link(deps) }),
  };
}

function list({ desk, clock, ledger }: HandlerDeps, all: boolean): Mitigation[] {
  if (!all) return desk.live.map((one) => liveView(one, clock)).toReversed();
  return ledger
    .read((store) => store.requests(MOST_LISTED))
    .map((kept) => {
      const live = desk.find(kept.id);
      return live === undefined ? endedView(unwatched(kept)) : liveView(live, clock);
    });
}

function viewOf(deps: HandlerDeps, id: number): Mitigation {
  const found = find(deps, id);
  return "live" in found ? liveView(found.live, deps.clock) : endedView(found.ended);
}

function samples(deps: HandlerDeps, id: number): Sample[] {
  const found = find(deps, id);
  return samplesView("live" in found ? found.live.curve.points : found.ended.points);
}

function withdraw(deps: HandlerDeps, id: number): Mitigation {
  const found = find(deps, id);
  if ("live" in found) {
    found.live.withdraw();
    deps.providers.kick(found.live.kept.providerId);
    deps.changed();
  }
  return viewOf(deps, id);
}

type Found = { readonly live: LiveRequest } | { readonly ended: EndedRequest };

function find({ desk, shelf, ledger }: HandlerDeps, id: number): Found {
  const live = desk.find(id);
  if (live !== undefined) return { live };
  const shelved = shelf.find(id);
  if (shelved !== undefined) return { ended: shelved };
  const kept = ledger.read((store) => store.request(id));
  if (kept === undefined) throw noSuchMitigation(String(id));
  return { ended: unwatched(kept) };
}

/** @throws {ControlError} `no-such-mitigation` */
function idOf(text: string): number {
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text);
  throw noSuchMitigation(text);
}

function noSuchMitigation(id: string): ControlError {
  return new ControlError({
    reason: "no-such-mitigation",
    message: `There is no mitigation "${id}".`,
    hint: "The list of mitigations shows their ids.",
  });
}

function link({ consoleLink }: HandlerDeps): { readonly url: string; readonly expiresAt: string } {
  if (consoleLink !== undefined) return consoleLink();
  throw new ControlError({
    reason: "console-off",
    message: "The web console is switched off on this agent.",
    hint: "Start the agent without --no-console.",
  });
}
