/** What travels between the window and the main process: the one place where both sides' words are written down. */

/** A call of the contract: asked, and answered once with an `Answer`. */
export const CALL = "mayday:call";
/** What a call tells before its answer: `ProgressMessage`. */
export const PROGRESS = "mayday:progress";
/** Begins to listen to an event of the contract: asked once for each listener. */
export const LISTEN = "mayday:listen";
/** Ends it. */
export const UNLISTEN = "mayday:unlisten";
/** An event, for one listener: `EventMessage`. */
export const EVENT = "mayday:event";

/** Asks one call. `id` is the window's own, so that it knows its progress again. */
export interface CallMessage {
  readonly id: number;
  readonly name: string;
  readonly input: unknown;
}

/** Asks for one event. */
export interface ListenMessage {
  readonly id: number;
  readonly name: string;
}

/** Why a call was refused or failed. An `Error` would lose all but its message on the way. */
export interface PlainFault {
  readonly reason: string;
  readonly message: string;
  readonly hint: string | undefined;
}

/** How a call ended. */
export type Answer =
  | { readonly ok: true; readonly output: unknown }
  | { readonly ok: false; readonly fault: PlainFault };

export interface ProgressMessage {
  readonly id: number;
  readonly value: unknown;
}

export interface EventMessage {
  readonly id: number;
  readonly payload: unknown;
}
