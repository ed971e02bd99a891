import type { ControlLog, ControlLogFields } from "../control-log.ts";
import { NO_STORE } from "./answer.ts";
import type { Answer } from "./answer.ts";
import { pageOf } from "./page.ts";
import type { PageText } from "./page.ts";

/** Where the console reports what happens; the agent's log is one as it stands. */
export interface ConsoleLog extends ControlLog {
  info(fields: ControlLogFields, message: string): void;
}

/** The closed set of why a request is not granted. */
export type Refusal =
  | "foreign-host"
  | "foreign-origin"
  | "not-logged-in"
  | "used-link"
  | "prefetch"
  | "method"
  | "target"
  | "body"
  | "no-such-page"
  | "not-upgraded"
  | "bad-upgrade"
  | "too-many"
  | "not-built"
  | "internal";

type Level = "info" | "warn" | "error";

interface RefusalText extends PageText {
  readonly status: number;
  /** `info` for what happens to people who do nothing wrong, `error` for our own faults. */
  readonly level: Level;
  readonly headers?: Readonly<Record<string, string>>;
}

const CLOSE = { Connection: "close" } as const; // what was sent along is not worth reading

const REFUSALS: Readonly<Record<Refusal, RefusalText>> = {
  "foreign-host": {
    status: 421,
    level: "warn",
    title: "This is not the console’s address",
    paragraphs: ["Open the console with the link that <code>mayday console</code> prints."],
    headers: CLOSE,
  },
  "foreign-origin": {
    status: 403,
    level: "warn",
    title: "Not from here",
    paragraphs: ["Only the console’s own page may talk to the agent."],
  },
  "not-logged-in": {
    status: 401,
    level: "info",
    title: "This browser is not logged in",
    paragraphs: [
      "Ask for a link that opens the console: <code>mayday console</code>",
      // A link that was followed from another site's page: the login is there, but was not sent along.
      'If you have just followed one: <a href="/">Open the console</a>',
    ],
    headers: { "WWW-Authenticate": "Mayday-Link" }, // no browser asks for a password for that
  },
  "used-link": {
    status: 403,
    level: "info",
    title: "This link does not work any more",
    paragraphs: [
      "This link was used or is too old. Ask for a new one: <code>mayday console</code>",
    ],
  },
  prefetch: {
    status: 503,
    level: "info",
    title: "Not opened yet",
    paragraphs: ["This link works once, so it is kept until you follow it yourself."],
  },
  method: {
    status: 405,
    level: "warn",
    title: "Nothing can be sent here",
    paragraphs: ["The console’s pages can only be read."],
    headers: { Allow: "GET, HEAD", ...CLOSE },
  },
  target: {
    status: 400,
    level: "warn",
    title: "This request makes no sense",
    paragraphs: ["It does not ask for a page of the console."],
    headers: CLOSE,
  },
  body: {
    status: 400,
    level: "warn",
    title: "This request makes no sense",
    paragraphs: ["Who reads a page sends nothing along."],
    headers: CLOSE,
  },
  "no-such-page": {
    status: 404,
    level: "info",
    title: "There is no such page",
    paragraphs: ['<a href="/">Open the console</a>'],
  },
  "not-upgraded": {
    status: 426,
    level: "info",
    title: "This is not a page",
    paragraphs: ['Here the console’s page talks to the agent. <a href="/">Open the console</a>'],
    headers: { Upgrade: "websocket", Connection: "Upgrade, close" },
  },
  "bad-upgrade": {
    status: 400,
    level: "warn",
    title: "This is no WebSocket",
    paragraphs: ["Here the console’s page talks to the agent, by WebSocket alone."],
    headers: { "Sec-WebSocket-Version": "13" },
  },
  "too-many": {
    status: 503,
    level: "warn",
    title: "Too many at once",
    paragraphs: ["The console is open in too many windows. Close some of them."],
  },
  "not-built": {
    status: 503,
    level: "warn",
    title: "There is no interface yet",
    paragraphs: ["The interface is not built: <code>npm run build</code>"],
  },
  internal: {
    status: 500,
    level: "error",
    title: "This went wrong",
    paragraphs: ["It is the agent’s fault, and in its log. Try again."],
  },
};

/** The answer for a refusal: a status, and a page in plain words. */
export function refusalAnswer(refusal: Refusal): Answer {
  const { status, headers, ...text } = REFUSALS[refusal];
  return {
    status,
    headers: { "Content-Type": "text/html; charset=utf-8", ...NO_STORE, ...headers },
    body: pageOf(text),
  };
}

/** Tells the log of each kind of refusal once: whoever is refused must not be able to fill a disk. */
export class RefusalLog {
  readonly #log: ConsoleLog;
  readonly #told = new Set<string>();

  constructor(log: ConsoleLog) {
    this.#log = log;
  }

  /** `fields`: what helps to find out who asked; `code`: which fault of ours it was, if it was one. */
  refused(refusal: Refusal, fields: ControlLogFields = {}): void {
    const { status, level, title } = REFUSALS[refusal];
    this.#once(
      `${refusal} ${fields["code"]}`,
      level,
      { ...fields, refusal, status },
      `web console: ${title}`,
    );
  }

  /** A connection that broke the rules of HTTP or of WebSocket, or that the system could not take. */
  broken(code: string): void {
    this.#once(code, "warn", { code }, "web console: a connection was ended");
  }

  #once(key: string, level: Level, fields: ControlLogFields, message: string): void {
    if (this.#told.has(key)) return;
    this.#told.add(key);
    this.#log[level](fields, message);
  }
}
