import { diagnostic } from "../../coap/screening.ts";
import type { Answer } from "../../coap/types.ts";
import type { MitigationScope } from "../../wire/cbor/types.ts";
import { Code } from "../../wire/coap/code.ts";
import type { MitigationRecord } from "./mitigation-record.ts";
import type { MitigationQuery } from "./query.ts";
import { scopeOf } from "./render.ts";
import type { SessionContext } from "./session-context.ts";

/** What one GET looks at: one mitigation or all of a cuid, as far as the query lets through. */
export interface MitigationView {
  readonly client: string;
  readonly cuid: string;
  readonly mid: number | undefined;
  /** Names the view: equal views have equal names. */
  readonly resource: string;
  readonly query: MitigationQuery;
}

/** The records that a view shows, among `records`. */
export function selected(
  view: MitigationView,
  records: readonly MitigationRecord[],
): MitigationRecord[] {
  return records.filter(
    ({ key, target }) =>
      (view.mid === undefined || key.mid === view.mid) &&
      view.query.filters.every((passes) => passes(target)),
  );
}

/** The view as it is now, empty when it shows nothing. `departed` are shown besides what is still there. */
export function scopesOf(
  context: SessionContext,
  view: MitigationView,
  departed: readonly MitigationRecord[] = [],
): MitigationScope[] {
  const now = context.clock.now();
  const records = selected(view, [...context.table.of(view.client, view.cuid), ...departed]);
  return records.map((record) => scopeOf(record, now, view.query.content));
}

/** 4.04 for one mitigation that is not there, and for a client that has none at all. [RFC 9132 §4.4.2] */
export function notFound(view: MitigationView): Answer {
  const message = view.mid === undefined ? "no mitigation" : `no mitigation with mid ${view.mid}`;
  return diagnostic(Code.NotFound, message);
}
