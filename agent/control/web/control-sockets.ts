import type { IncomingMessage } from "node:http";
import { WebSocketServer } from "ws";
import type { WebSocket } from "ws";
import { MAX_MESSAGE_OCTETS, type Channel } from "../channel.ts";
import type { RefusalLog } from "./refusal.ts";
import { CLOSE_CODE, WebSocketChannel } from "./web-socket-channel.ts";

const MAX_CONNECTIONS = 32;

/** What the WebSockets depend on. */
export interface ControlSocketsOptions {
  /** Called for every connection; the right that it has is up to who is called. */
  readonly onChannel: (channel: Channel) => void;
  readonly refusals: RefusalLog;
  /** A peer that has not answered one ping by the time of the next is gone. */
  readonly pingMs: number;
  /** How long a peer may take to agree to an end. */
  readonly closeMs: number;
  /** Called instead for a request that asks for no WebSocket as there should be one; it waits for an answer. */
  readonly onNoWebSocket: (request: IncomingMessage) => void;
}

/** The WebSockets by which the pages talk to the agent, once a request was found worthy of one. */
export class ControlSockets {
  readonly #options: ControlSocketsOptions;
  readonly #server: WebSocketServer;
  readonly #channels = new Map<WebSocket, WebSocketChannel>();
  /** Those whose answer to the last ping is missing. */
  readonly #silent = new Set<WebSocket>();
  readonly #pings: NodeJS.Timeout;

  constructor(options: ControlSocketsOptions) {
    this.#options = options;
    this.#server = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      autoPong: false, // the channel does it, within bounds
      maxPayload: MAX_MESSAGE_OCTETS,
      perMessageDeflate: false,
      handleProtocols: () => false,
    });
    this.#server.on("wsClientError", (_error, _socket, request) => options.onNoWebSocket(request));
    this.#pings = setInterval(() => this.#pingAll(), options.pingMs);
  }

  /** Whether there are as many as there may be. */
  get isFull(): boolean {
    return this.#channels.size >= MAX_CONNECTIONS;
  }

  /** Makes a connection of a request. `head` is what came behind it. */
  accept(request: IncomingMessage, head: Buffer): void {
    this.#server.handleUpgrade(request, request.socket, head, (socket) => this.#add(socket));
  }

  /** Ends all. */
  close(): void {
    clearInterval(this.#pings);
    for (const channel of this.#channels.values()) channel.end(CLOSE_CODE.goingAway);
  }

  #add(socket: WebSocket): void {
    const { closeMs, refusals, onChannel } = this.#options;
    const channel = new WebSocketChannel(socket, closeMs, (code) => refusals.broken(code));
    this.#channels.set(socket, channel);
    socket.on("pong", () => this.#silent.delete(socket));
    socket.on("close", () => {
      this.#channels.delete(socket);
      this.#silent.delete(socket);
    });
    onChannel(channel);
  }

  #pingAll(): void {
    for (const socket of this.#channels.keys()) {
      if (this.#silent.has(socket)) {
        socket.terminate();
        continue;
      }
      this.#silent.add(socket);
      socket.ping();
    }
  }
}
