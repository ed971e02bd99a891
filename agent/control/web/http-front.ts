import { ServerResponse, STATUS_CODES } from "node:http";
import type { IncomingMessage, Server } from "node:http";
import type { Duplex } from "node:stream";
import { sendAnswer } from "./answer.ts";
import { wholeAnswer } from "./console-site.ts";
import type { ConsoleSite, SiteAnswer } from "./console-site.ts";
import type { ControlSockets } from "./control-sockets.ts";
import { codeOf } from "./error-code.ts";
import { refusalAnswer } from "./refusal.ts";
import type { Refusal, RefusalLog } from "./refusal.ts";

/** What the front passes on to. */
export interface FrontParts {
  readonly site: ConsoleSite;
  readonly sockets: ControlSockets;
  readonly refusals: RefusalLog;
}

/** What is said to those whose octets are no request. */
const STATUS_OF_FAULT: ReadonlyMap<string, number> = new Map([
  ["HPE_HEADER_OVERFLOW", 431],
  ["ERR_HTTP_REQUEST_TIMEOUT", 408],
]);

const MAX_LOGGED = 100;

/** Between Node's HTTP server and the site: takes requests in, lets answers out, and survives what is neither. */
export class HttpFront {
  readonly #parts: FrontParts;
  readonly #connections = new Set<Duplex>();
  /** Answers that have not left yet. */
  readonly #owed = new Set<ServerResponse>();

  constructor(server: Server, parts: FrontParts) {
    this.#parts = parts;
    server.on("connection", (socket) => {
      this.#connections.add(socket);
      socket.on("close", () => this.#connections.delete(socket));
    });
    server.on("request", (request, response) => void this.#request(request, response));
    server.on("upgrade", (request, _socket, head) => this.#upgrade(request, head));
    server.on("connect", (request) => this.refuseUpgrade(request, "method"));
    server.on("clientError", (error, socket) => this.#noRequest(codeOf(error), socket));
    server.on("drop", () => parts.refusals.refused("too-many"));
    // One connection that could not be accepted (no descriptor left) costs only itself.
    server.on("error", (error) => parts.refusals.broken(codeOf(error)));
  }

  /** Ends what is still connected, at once. */
  destroyAll(): void {
    for (const socket of this.#connections) socket.destroy();
  }

  /** Answers a request whose socket is no longer the server's, so that the answer is put onto it by hand. */
  refuseUpgrade(request: IncomingMessage, refusal: Refusal): void {
    const { socket } = request;
    socket.on("error", () => {}); // it is being ended anyhow
    if (this.#endIfOwed(socket)) return;
    const response = new ServerResponse(request);
    response.shouldKeepAlive = false;
    response.assignSocket(socket);
    response.on("finish", () => socket.destroySoon());
    this.#send(request, response, refusal);
  }

  async #request(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.#owed.add(response);
    response.on("close", () => this.#owed.delete(response));
    this.#send(request, response, await this.#answer(request));
  }

  async #answer(request: IncomingMessage): Promise<SiteAnswer> {
    const { site, refusals } = this.#parts;
    try {
      return await site.answer(request);
    } catch (error) {
      refusals.refused("internal", { code: codeOf(error) });
      return refusalAnswer("internal");
    }
  }

  #send(request: IncomingMessage, response: ServerResponse, answer: SiteAnswer): void {
    const { site, refusals } = this.#parts;
    if (typeof answer === "string") {
      const { host, origin } = request.headers;
      refusals.refused(answer, { host: forLog(host), origin: forLog(origin) });
    }
    sendAnswer(response, wholeAnswer(answer), site.hostOf(request));
  }

  #upgrade(request: IncomingMessage, head: Buffer): void {
    const { site, sockets } = this.#parts;
    const refusal = site.upgradeRefusal(request) ?? (sockets.isFull ? "too-many" : undefined);
    if (refusal !== undefined) this.refuseUpgrade(request, refusal);
    else if (!this.#endIfOwed(request.socket)) sockets.accept(request, head);
  }

  /** What came is not HTTP, or came too slowly. */
  #noRequest(code: string, socket: Duplex): void {
    if (code !== "ECONNRESET") this.#parts.refusals.broken(code);
    if (this.#endIfOwed(socket)) return; // an error amid another answer would be taken for a part of it
    const status = STATUS_OF_FAULT.get(code) ?? 400;
    const head = `HTTP/1.1 ${status} ${STATUS_CODES[status]}`;
    socket.end(`${head}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`, () => socket.destroy());
  }

  /** Whoever goes on before the answer to an earlier request has come, with what is no request, is no browser. */
  #endIfOwed(socket: Duplex): boolean {
    const isOwed = [...this.#owed].some((response) => response.req.socket === socket);
    if (isOwed) socket.destroy();
    return isOwed;
  }
}

function forLog(text: string | undefined): string | undefined {
  return text?.slice(0, MAX_LOGGED);
}
