import type { Direction, Statistics } from "./direction.ts";
import type { Path } from "./path.ts";

/** What to change on a link, for each direction. */
export interface LinkPaths {
  readonly aToB?: Partial<Path>;
  readonly bToA?: Partial<Path>;
}

/** Both directions between two hosts. Paths may be changed at any time, from the next packet on. */
export class Link {
  readonly #aToB: Direction;
  readonly #bToA: Direction;

  constructor(aToB: Direction, bToA: Direction) {
    this.#aToB = aToB;
    this.#bToA = bToA;
  }

  get paths(): { readonly aToB: Path; readonly bToA: Path } {
    return { aToB: this.#aToB.path, bToA: this.#bToA.path };
  }

  get statistics(): { readonly aToB: Readonly<Statistics>; readonly bToA: Readonly<Statistics> } {
    return { aToB: this.#aToB.statistics, bToA: this.#bToA.statistics };
  }

  /** Changes the named properties and leaves the others. @throws {NetError} `net/other` */
  set(paths: LinkPaths): void {
    if (paths.aToB !== undefined) this.#aToB.set(paths.aToB);
    if (paths.bToA !== undefined) this.#bToA.set(paths.bToA);
  }

  /** Lets nothing pass, until `mend`; packets already under way still arrive. */
  cut(): void {
    this.#aToB.cut = true;
    this.#bToA.cut = true;
  }

  mend(): void {
    this.#aToB.cut = false;
    this.#bToA.cut = false;
  }
}
