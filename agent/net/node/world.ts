import type { World } from "../ports.ts";
import { nodeClock } from "./clock.ts";
import { nodeDatagrams } from "./datagrams.ts";
import { NodeRandom } from "./random.ts";
import { nodeStreams } from "./streams.ts";

/** The real world: the system's clock, chance and network. */
export function nodeWorld(): World {
  return {
    clock: nodeClock,
    random: new NodeRandom(),
    datagrams: nodeDatagrams,
    streams: nodeStreams,
  };
}
