import type { Clock, Timer } from "../net/ports.ts";
import { contract, type EventName, type EventPayload } from "./contract.ts";
import type { ControlLog } from "./control-log.ts";
import { byName, type AnyEvent } from "./define.ts";
import { check } from "./explain.ts";
import type { EventSource } from "./handlers.ts";
import { formatNotification } from "./rpc.ts";

/** All events of the contract by name. */
export const EVENTS: ReadonlyMap<string, AnyEvent> = byName<AnyEvent>(contract.events);

/** Whether the contract has an event of that name. */
export function isEventName(name: string): name is EventName {
  return EVENTS.has(name);
}

/** Of these only the newest counts: a reader that is behind is spared those in between. */
const NEWEST_COUNTS: ReadonlySet<EventName> = new Set<EventName>(["agent.changed"]);

/** A reader for which more than this waits, in octets, is behind. */
export const BEHIND_OCTETS = 262_144;

/** How long until a reader that is behind is looked at again. */
const LOOK_AGAIN_MS = 250;

/** What an `EventFeed` works with. */
export interface FeedDeps {
  readonly events: EventSource;
  readonly clock: Pick<Clock, "after">;
  readonly log: ControlLog;
  readonly send: (text: string) => void;
  /** Octets that wait to leave. */
  readonly queued: () => number;
}

/** Tells one connection the events that it asked for. */
export class EventFeed {
  readonly #deps: FeedDeps;
  readonly #names = new Set<EventName>();
  readonly #held = new Map<EventName, unknown>();
  #subscription: { stop(): void } | undefined;
  #timer: Timer | undefined;

  constructor(deps: FeedDeps) {
    this.#deps = deps;
  }

  /** Begins to tell `names`; what each is told first is told now, also to who listened before. */
  subscribe(names: readonly EventName[]): void {
    this.#subscription ??= this.#deps.events.subscribe((name, payload) =>
      this.#hear(name, payload),
    );
    for (const name of names) {
      this.#names.add(name);
      this.#tellFirst(name);
    }
  }

  /** Tells `names` no more. */
  unsubscribe(names: readonly EventName[]): void {
    for (const name of names) {
      this.#names.delete(name);
      this.#held.delete(name);
    }
  }

  /** Ends it all. Idempotent. */
  stop(): void {
    this.#subscription?.stop();
    this.#timer?.cancel();
    this.#names.clear();
    this.#held.clear();
  }

  #tellFirst(name: EventName): void {
    try {
      const first = this.#deps.events.first(name);
      if (first !== undefined) this.#hear(name, first);
    } catch (error) {
      this.#fault(name, error instanceof Error ? (error.stack ?? error.message) : String(error));
    }
  }

  #hear<Name extends EventName>(name: Name, payload: EventPayload<Name>): void {
    if (!this.#names.has(name)) return;
    if (NEWEST_COUNTS.has(name) && this.#deps.queued() > BEHIND_OCTETS) {
      this.#held.set(name, payload);
      this.#lookAgain();
      return;
    }
    this.#held.delete(name);
    this.#tell(name, payload);
  }

  #lookAgain(): void {
    this.#timer ??= this.#deps.clock.after(LOOK_AGAIN_MS, () => {
      this.#timer = undefined;
      if (this.#deps.queued() > BEHIND_OCTETS) {
        if (this.#held.size > 0) this.#lookAgain();
        return;
      }
      const held = [...this.#held];
      this.#held.clear();
      for (const [name, payload] of held) this.#tell(name, payload);
    });
  }

  #tell(name: EventName, payload: unknown): void {
    const definition = EVENTS.get(name);
    if (definition === undefined) return;
    const checked = check(definition.payload, payload);
    if (!checked.ok) {
      this.#fault(name, checked.faults);
      return;
    }
    this.#deps.send(formatNotification("event", { name, payload: checked.value }));
  }

  #fault(event: EventName, error: string): void {
    this.#deps.log.error({ event, error }, "an event could not be told");
  }
}
