/** Clients that shake hands with a real server, and damage what they send, from many addresses of loopback. */
import { setTimeout as sleep } from "node:timers/promises";
import { connectDtls } from "../../agent/dtls/client.ts";
import type { ClientCredentials } from "../../agent/dtls/credentials.ts";
import { DtlsError, type DtlsSession } from "../../agent/dtls/session.ts";
import { MemorySessionStore } from "../../agent/dtls/stored-session.ts";
import { nodeDatagrams } from "../../agent/net/node/datagrams.ts";
import { nodeWorld } from "../../agent/net/node/world.ts";
import type { Address, Datagrams, DatagramSocket } from "../../agent/net/ports.ts";
import { mutate, seeded, type Seeded } from "./seeded.ts";

export type HostileCredential = ClientCredentials;

/** What was done so far. */
export interface HostileCount {
  attempts: number;
  established: number;
  resumed: number;
  /** Datagrams that no honest client would have sent. */
  hostile: number;
}

const AT_ONCE = 6;
const HANDSHAKE_MS = 2_000;
const MESSAGES = 3;
/** Addresses besides a client's own that damaged copies come from. */
const ELSEWHERE = 24;
const COPIES = 3;
/** What was sent of late, for copies of it. */
const REMEMBERED = 200;

/** See the top of the file. The same seed makes the same choices, as far as the network lets it. */
export class HostileClients {
  readonly count: HostileCount = { attempts: 0, established: 0, resumed: 0, hostile: 0 };
  readonly #chance: Seeded;
  readonly #to: Address;
  readonly #credentials: readonly HostileCredential[];
  readonly #store = new MemorySessionStore();
  readonly #seen: Uint8Array[] = [];
  readonly #elsewhere: DatagramSocket[] = [];
  /** Sockets that say only what they are told. */
  readonly #honest = new Set<DatagramSocket>();

  constructor(seed: number, port: number, credentials: readonly HostileCredential[]) {
    this.#chance = seeded(seed);
    this.#to = { family: 4, host: "127.0.0.1", port };
    this.#credentials = credentials;
  }

  /** Goes on for so long. Rejects when our own client fails in a way that it does not know. */
  async harass(durationMs: number): Promise<void> {
    const endsAt = performance.now() + durationMs;
    const deaf = { message: () => {}, error: () => {} };
    while (this.#elsewhere.length < ELSEWHERE) {
      this.#elsewhere.push(await nodeDatagrams.bind({ local: this.#address() }, deaf));
    }
    const worker = async (): Promise<void> => {
      while (performance.now() < endsAt) await this.#attempt();
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
    for (const socket of this.#elsewhere.splice(0)) socket.close();
  }

  /** Whether an honest client gets a session. */
  async isServed(credentials: HostileCredential): Promise<boolean> {
    const session = await connectDtls(nodeWorld(), {
      to: this.#to,
      credentials,
      timeoutMs: HANDSHAKE_MS,
    });
    session.close();
    return true;
  }

  async #attempt(): Promise<void> {
    this.count.attempts += 1;
    const credentials = this.#chance.pick(this.#credentials);
    const number = this.#credentials.indexOf(credentials);
    const resumption = { store: this.#store, server: `${number}` };
    const sockets: DatagramSocket[] = [];
    const session = await this.#connect(credentials, sockets, {
      connectionId: this.#chance.int(4) > 0,
      ...(this.#chance.int(2) === 0 ? { resumption } : {}),
    });
    if (!session) return;
    this.count.established += 1;
    if (session.security.resumed) this.count.resumed += 1;
    for (let i = 0; i < MESSAGES; i += 1) {
      session.send(this.#chance.bytes(this.#chance.int(200)));
      await sleep(this.#chance.int(20));
    }
    for (const socket of sockets) this.#honest.add(socket); // a goodbye that is heard
    session.close();
    for (const socket of sockets) this.#honest.delete(socket);
  }

  async #connect(
    credentials: HostileCredential,
    sockets: DatagramSocket[],
    options: Partial<Parameters<typeof connectDtls>[1]>,
  ): Promise<DtlsSession | undefined> {
    const { clock, random } = nodeWorld();
    const world = { clock, random, datagrams: this.#datagrams(sockets) };
    try {
      return await connectDtls(world, {
        to: this.#to,
        credentials,
        timeoutMs: HANDSHAKE_MS,
        ...options,
      });
    } catch (error) {
      if (error instanceof DtlsError) return undefined; // what is damaged may fail
      throw error;
    }
  }

  /** Sockets on addresses of their own that do not always send what they should. */
  #datagrams(sockets: DatagramSocket[]): Datagrams {
    return {
      bind: async (options, listener) => {
        const socket = await nodeDatagrams.bind({ ...options, local: this.#address() }, listener);
        const damaging: DatagramSocket = {
          local: socket.local,
          send: (data, to) => this.#send(damaging, socket, data, to),
          close: () => socket.close(),
        };
        sockets.push(damaging);
        return damaging;
      },
    };
  }

  #send(owner: DatagramSocket, socket: DatagramSocket, data: Uint8Array, to: Address): void {
    if (this.#honest.has(owner)) return socket.send(data, to);
    const chance = this.#chance;
    this.#seen.push(data.slice());
    if (this.#seen.length > REMEMBERED) this.#seen.shift();
    const way = chance.int(16);
    if (way > 1) socket.send(data, to);
    else this.#hostile(way === 0 ? socket : chance.pick(this.#elsewhere), data, to);
    for (let i = chance.int(COPIES + 1); i > 0; i -= 1) {
      const from = chance.int(2) === 0 ? socket : chance.pick(this.#elsewhere);
      this.#hostile(from, chance.pick(this.#seen), to);
    }
  }

  /** Damaged most of the time; whole, it is a repetition, or comes from where it should not. */
  #hostile(from: DatagramSocket, data: Uint8Array, to: Address): void {
    this.count.hostile += 1;
    const damaged = this.#chance.int(8) === 0 ? data : mutate(data, this.#chance);
    if (damaged.length <= 1_500) from.send(damaged, to);
  }

  /** Any of 127.0.0.0/8 but the server's own. */
  #address(): Address {
    const octet = (): number => 1 + this.#chance.int(250);
    return { family: 4, host: `127.${octet()}.${octet()}.${octet()}`, port: 0 };
  }
}
