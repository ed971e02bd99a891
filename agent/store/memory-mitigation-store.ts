import type { MitigationStore, StoredMitigation, StoredMitigationKey } from "./mitigation-store.ts";

/** A store that lives as long as the process: for tests and for servers that keep no state. */
export class MemoryMitigationStore implements MitigationStore {
  readonly #kept = new Map<string, StoredMitigation>();

  load(): StoredMitigation[] {
    return [...this.#kept.values()]
      .map((kept) => structuredClone(kept))
      .toSorted((a, b) => compare(a.client, b.client) || compare(a.cuid, b.cuid) || a.mid - b.mid);
  }

  apply(saves: readonly StoredMitigation[], removes: readonly StoredMitigationKey[]): void {
    const copies = structuredClone(saves);
    for (const key of removes) this.#kept.delete(keyOf(key));
    for (const copy of copies) this.#kept.set(keyOf(copy), copy);
  }

  close(): void {}
}

function keyOf({ client, cuid, mid }: StoredMitigationKey): string {
  return JSON.stringify([client, cuid, mid]);
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
