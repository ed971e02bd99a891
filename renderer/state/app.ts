import { createContext } from "preact";
import { useContext } from "preact/hooks";
import { computed, signal, type ReadonlySignal } from "@preact/signals";
import type { ControlApi } from "../../agent/control/handlers.ts";
import type { AgentLink, LinkClock } from "../api/agent-link.ts";
import type { Millis } from "../model/format.ts";
import { homeState, type HomeState } from "../model/home-state.ts";
import type { LinkState } from "../model/link-state.ts";
import { routeOf, type Route } from "../model/route.ts";
import { ActivityBook } from "./activity-book.ts";
import { AgentView } from "./agent-view.ts";
import { RequestDesk } from "./request-desk.ts";

/** Everything that the pages share. */
export interface App {
  readonly api: ControlApi;
  readonly link: ReadonlySignal<LinkState>;
  readonly view: AgentView;
  readonly activity: ActivityBook;
  readonly desk: RequestDesk;
  /** The time by which pages tell ages: moves every second. */
  readonly now: ReadonlySignal<Millis>;
  readonly home: ReadonlySignal<HomeState>;
  readonly route: ReadonlySignal<Route>;
}

const SECOND = 1000;

/** Joins the parts, and begins to dial the agent. */
export function startApp(link: AgentLink, clock: LinkClock): App {
  const { api, state } = link;
  const now = ticking(clock);
  const view = new AgentView({ api, link: state, now: () => clock.wallTime() });
  const app: App = {
    api,
    link: state,
    view,
    now,
    activity: new ActivityBook(api, state),
    desk: new RequestDesk({
      api,
      view,
      link: state,
      after: (delay, fire) => clock.after(delay, fire),
      makeKey: () => crypto.randomUUID(),
    }),
    home: computed(() =>
      homeState({
        link: state.value,
        status: view.status,
        targets: (view.targets ?? []).map(({ name }) => name),
        putAside: view.putAside,
        now: now.value,
      }),
    ),
    route: hashRoute(),
  };
  link.start();
  return app;
}

function ticking(clock: LinkClock): ReadonlySignal<Millis> {
  const now = signal(clock.wallTime());
  const tick = (): void => {
    now.value = clock.wallTime();
    clock.after(SECOND, tick);
  };
  clock.after(SECOND, tick);
  return now;
}

function hashRoute(): ReadonlySignal<Route> {
  const route = signal(routeOf(location.hash));
  addEventListener("hashchange", () => {
    route.value = routeOf(location.hash);
  });
  return route;
}

const AppContext = createContext<App | undefined>(undefined);

/** Hands the app to every component below. */
export const AppProvider = AppContext.Provider;

/** The app, from a component below `AppProvider`. */
export function useApp(): App {
  const app = useContext(AppContext);
  if (app === undefined) throw new Error("there is no app above this component");
  return app;
}
