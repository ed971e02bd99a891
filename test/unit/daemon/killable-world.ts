import type { DatagramSocket, World } from "../../../agent/net/ports.ts";

/** A world that can end at any moment, as a process does that is killed: nothing more is sent, heard or due. */
export interface KillableWorld {
  readonly world: World;
  kill(): void;
}

export function killableWorld({ clock, random, datagrams, streams }: World): KillableWorld {
  const sockets = new Set<DatagramSocket>();
  let dead = false;
  const alive = (act: () => void): void => {
    if (!dead) act();
  };
  const world: World = {
    random,
    streams,
    clock: {
      now: () => clock.now(),
      wallTime: () => clock.wallTime(),
      after: (delay, fire) => clock.after(delay, () => alive(fire)),
    },
    datagrams: {
      bind: async (options, listener) => {
        const socket = await datagrams.bind(options, {
          message: (data, from) => alive(() => listener.message(data, from)),
          error: (fault) => alive(() => listener.error(fault)),
        });
        sockets.add(socket);
        if (dead) socket.close();
        return {
          local: socket.local,
          send: (data, to) => alive(() => socket.send(data, to)),
          close: () => socket.close(),
        };
      },
    },
  };
  const kill = (): void => {
    dead = true;
    for (const socket of sockets) socket.close();
  };
  return { world, kill };
}
