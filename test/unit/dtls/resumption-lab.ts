/** A client that comes back, and a server that may take its session up again. */
import type { ClientContext } from "../../../agent/dtls/client-handshake.ts";
import type { ClientCredentials, ServerCredentials } from "../../../agent/dtls/credentials.ts";
import type { ResumableSession } from "../../../agent/dtls/resumption.ts";
import type { ServerContext } from "../../../agent/dtls/server-handshake.ts";
import { SessionCache } from "../../../agent/dtls/session-cache.ts";
import { SessionTickets } from "../../../agent/dtls/session-tickets.ts";
import { seeded } from "../../support/seeded.ts";
import {
  certificateClient,
  certificateServer,
  clientContext,
  converse,
  effect,
  HOUR,
  NOW,
  pskClient,
  pskServer,
  serverContext,
  type Change,
  type Course,
} from "./server-lab.ts";

export const LIFETIME = 8 * HOUR;

/** A server that resumes, on a clock that is moved by hand; its credentials may change. */
export class Lab {
  nowMs = NOW;
  readonly tickets = new SessionTickets({ now: () => this.nowMs }, seeded(2), LIFETIME);
  readonly sessions = new SessionCache({ wallTime: () => this.nowMs });

  server(credentials: ServerCredentials, over: Partial<ServerContext> = {}): ServerContext {
    const { tickets, sessions } = this;
    const wallTime = (): number => this.nowMs;
    const all = { tickets, sessions, ticketLifetimeMs: LIFETIME, wallTime };
    return serverContext(credentials, { ...all, ...over });
  }

  client(credentials: ClientCredentials, over: Partial<ClientContext> = {}): ClientContext {
    return clientContext(credentials, { wallTime: () => this.nowMs, ...over });
  }
}

/** A client whose session a server may take up again. */
export interface Pair {
  readonly lab: Lab;
  readonly client: ClientCredentials;
  readonly server: ServerCredentials;
  readonly resume: ResumableSession;
}

/** The two after a full handshake. */
export function pair(
  client: ClientCredentials = pskClient,
  server: ServerCredentials = pskServer,
  over: { client?: Partial<ClientContext>; server?: Partial<ServerContext>; change?: Change } = {},
): Pair {
  const lab = new Lab();
  const course = converse(
    lab.client(client, over.client),
    lab.server(server, over.server),
    over.change,
  );
  return { lab, client, server, resume: effect(course.client, "resumable").session };
}

export function certificates(): Pair {
  return pair(certificateClient(), certificateServer());
}

/** The client comes back, everything as before but for what is said here. */
export function again(
  { lab, client, server, resume }: Pair,
  over: {
    client?: Partial<ClientContext>;
    server?: Partial<ServerContext>;
    credentials?: ServerCredentials;
    change?: Change;
  } = {},
): Course {
  return converse(
    lab.client(client, { resume, ...over.client }),
    lab.server(over.credentials ?? server, over.server),
    over.change,
  );
}

/** A server that goes by session ids. */
export const NO_TICKETS = { tickets: undefined };

export function pskServerWith(text: string): ServerCredentials {
  return { pskOf: () => new TextEncoder().encode(text) };
}
