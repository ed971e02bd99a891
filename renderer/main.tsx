import { render } from "preact";
import { AgentLink, type LinkClock } from "./api/agent-link.ts";
import { preloadWire } from "./api/preload-wire.ts";
import { webSocketWire } from "./api/websocket-wire.ts";
import { Frame } from "./frame.tsx";
import { AppProvider, startApp } from "./state/app.ts";

const clock: LinkClock = {
  wallTime: () => Date.now(),
  after: (delay, fire) => {
    const timer = setTimeout(fire, delay);
    return { cancel: () => clearTimeout(timer) };
  },
};

// The desktop shell has its own way to the agent; a browser has the agent that served this page.
const wire =
  window.mayday === undefined ? webSocketWire(new URL(location.href)) : preloadWire(window.mayday);
const app = startApp(new AgentLink(wire, clock), clock);
const place = document.getElementById("app");
if (place !== null) {
  render(
    <AppProvider value={app}>
      <Frame />
    </AppProvider>,
    place,
  );
}
