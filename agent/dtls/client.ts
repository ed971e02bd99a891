import {
  formatAddress,
  NetError,
  type Address,
  type DatagramSocket,
  type Millis,
  type World,
} from "../net/ports.ts";
import { splitDatagram } from "../wire/dtls/record.ts";
import { Association } from "./association.ts";
import { AssociationSession } from "./association-session.ts";
import type { PskClientCredentials } from "./credentials.ts";
import { clientMachine } from "./handshake-machine.ts";
import { clientExchanges, negotiable, type Negotiable } from "./negotiable.ts";
import { DEFAULT_PARAMETERS, type DtlsParameters } from "./parameters.ts";
import { DtlsError, type DtlsErrorCode, type DtlsSession } from "./session.ts";

/** What `connectDtls` is given. */
export interface ConnectOptions extends Negotiable {
  readonly to: Address;
  readonly credentials: PskClientCredentials;
  /** The whole handshake must end within this. */
  readonly timeoutMs: Millis;
  readonly parameters?: Partial<DtlsParameters>;
  /** Gives the attempt up when it fires. */
  readonly signal?: AbortSignal;
}

/** The longest identity and key that every peer must support are shorter. [RFC 4279 §5.3] */
const MAX_PSK_FIELD = 65_535;

/**
 * Sets up a session with a server.
 * @throws {DtlsError} with every code of its own; `dtls/authentication` when the server does not
 *   accept the credential
 */
export async function connectDtls(
  world: Pick<World, "clock" | "random" | "datagrams">,
  options: ConnectOptions,
): Promise<DtlsSession> {
  checkCredentials(options.credentials);
  const context = {
    random: world.random,
    wallTime: () => world.clock.wallTime(),
    connectionId: undefined,
    credentials: options.credentials,
    ...negotiable(options, clientExchanges(options.credentials)),
  };
  const parameters = {
    ...DEFAULT_PARAMETERS,
    ...options.parameters,
    handshakeTimeoutMs: options.timeoutMs,
  };
  const attempt = new Attempt();
  const socket = await world.datagrams
    .bind({ family: options.to.family, remote: options.to }, attempt)
    .catch((error: unknown) => {
      throw networkError(error, options.to);
    });
  const machine = clientMachine(context);
  return attempt.run(socket, options, (owner) => {
    const deps = { clock: world.clock, parameters };
    return new Association(deps, machine, { firstSequence: 0, nextMessage: 0 }, owner);
  });
}

function checkCredentials({ identity, key }: PskClientCredentials): void {
  const fault =
    (identity === "" && "the identity is empty") ||
    (key.length === 0 && "the key is empty") ||
    ((identity.length > MAX_PSK_FIELD || key.length > MAX_PSK_FIELD) &&
      "the identity or the key is too long");
  if (fault) throw new DtlsError("dtls/configuration", fault);
}

/** One attempt to connect, and the session that comes of it: joins a socket and an association. */
class Attempt {
  #association: Association | undefined;
  #session: AssociationSession | undefined;
  #reject: (error: DtlsError) => void = () => {};
  #to: Address | undefined;

  run(
    socket: DatagramSocket,
    options: ConnectOptions,
    associate: (owner: ConstructorParameters<typeof Association>[3]) => Association,
  ): Promise<DtlsSession> {
    const { to, signal } = options;
    this.#to = to;
    return new Promise((resolve, reject) => {
      const giveUp = (): void => {
        association.close();
        socket.close();
        reject(new DtlsError("dtls/closed", "given up"));
      };
      this.#reject = (error) => {
        signal?.removeEventListener("abort", giveUp);
        reject(error);
      };
      const association = associate({
        send: (datagram) => socket.send(datagram, to),
        established: (agreement) => {
          signal?.removeEventListener("abort", giveUp);
          const ends = { peer: to, local: socket.local };
          const session = new AssociationSession(association, agreement, ends, () =>
            socket.close(),
          );
          this.#session = session;
          resolve(session);
        },
        data: (payload) => this.#session?.deliver(payload),
        refused: () => {}, // only a server hears this
        ended: (reason) => {
          socket.close();
          if (this.#session) this.#session.end(reason);
          else this.#reject(reason);
        },
      });
      this.#association = association;
      if (signal?.aborted === true) {
        giveUp();
      } else {
        signal?.addEventListener("abort", giveUp, { once: true });
        association.start();
      }
    });
  }

  message(data: Uint8Array): void {
    for (const record of splitDatagram(data).records) this.#association?.receive(record);
  }

  /**
   * "Port unreachable" ends an attempt that nobody has answered yet. Anyone can forge one, so later it
   * counts for nothing: a session ends by its heartbeats, not by a stray packet.
   */
  error(fault: NetError): void {
    const association = this.#association;
    if (!association || !this.#to || association.heard) return;
    if (fault.code === "net/refused" || fault.code === "net/unreachable") {
      association.fail(networkError(fault, this.#to));
    }
  }
}

function networkError(error: unknown, to: Address): DtlsError {
  if (!(error instanceof NetError)) throw error;
  const code: DtlsErrorCode = error.code === "net/refused" ? "dtls/refused" : "dtls/network";
  const what = code === "dtls/refused" ? "nobody listens on" : `${error.message}, towards`;
  return new DtlsError(code, `${what} ${formatAddress(to)} (UDP)`, { cause: error });
}
