import { z } from "zod";
import {
  ActivityRecord,
  faultsOf,
  Instant,
  MidRecord,
  ProviderRecord,
  RequestRecord,
  TargetRecord,
} from "../agent-records.ts";
import type {
  NewActivity,
  StoredActivity,
  StoredCredential,
  StoredMid,
  StoredProvider,
  StoredRequest,
  StoredTarget,
} from "../agent-store.ts";
import { StoreError } from "../mitigation-store.ts";
import { textOf } from "./attempt.ts";

/**
 * What the rows of the agent's database stand for, and back. Everything is checked: a file may have been damaged, or
 * edited by hand.
 */

/** The members of a record that have no column of their own, as JSON. */
export const recordOf = {
  provider: ({ name, kind, host, port, addedAtMs }: StoredProvider): string =>
    JSON.stringify({ name, kind, host, port, addedAtMs }),
  credential: (credential: StoredCredential): string => JSON.stringify(openPartOf(credential)),
  target: ({ name, typed, addedAtMs }: StoredTarget): string =>
    JSON.stringify({ name, typed, addedAtMs }),
  request: ({ id: _id, requestKey: _key, phase: _phase, ...record }: StoredRequest): string =>
    JSON.stringify(record),
  activity: ({ atMs: _atMs, ...record }: NewActivity): string => JSON.stringify(record),
};

/** What is no secret of a credential. */
function openPartOf(credential: StoredCredential): Readonly<Record<string, unknown>> {
  if (credential.type === "psk") return { identity: credential.identity };
  const { type: _type, key: _key, chain, cas, ...rest } = credential;
  return { ...rest, chain: chain.map(base64), cas: cas.map(base64) };
}

function base64(octets: Uint8Array): string {
  return Buffer.from(octets).toString("base64");
}

const Base64 = z.base64().transform((text) => Uint8Array.from(Buffer.from(text, "base64")));
const OpenPart = z.looseObject({
  chain: z.array(Base64).optional(),
  cas: z.array(Base64).optional(),
});

const WithRecord = z.looseObject({ record: z.string() });
const Named = z.union([
  z.object({ id: z.union([z.string(), z.int()]) }).transform(({ id }) => id),
  z.object({ server: z.string() }).transform(({ server }) => server),
]);

/** @throws {StoreError} `store/damaged` */
export function readProvider(row: unknown): StoredProvider {
  return read(nameOf("provider", row), () => {
    const { type, credentialRecord, key, ...provider } = unpacked(row);
    const openPart: unknown =
      typeof credentialRecord === "string" ? JSON.parse(credentialRecord) : {};
    return ProviderRecord.parse({
      ...provider,
      credential: { ...OpenPart.parse(openPart), type, key },
    });
  });
}

/** @throws {StoreError} `store/damaged` */
export function readTarget(row: unknown): StoredTarget {
  return read(nameOf("target", row), () => TargetRecord.parse(unpacked(row)));
}

/** @throws {StoreError} `store/damaged` */
export function readRequest(row: unknown): StoredRequest {
  return read(nameOf("request", row), () => RequestRecord.parse(unpacked(row)));
}

/** @throws {StoreError} `store/damaged` */
export function readMid(row: unknown): StoredMid {
  return read(nameOf("mid of", row), () => MidRecord.parse(row));
}

const ActivityRow = z.object({ id: z.int(), atMs: Instant.catch(0) });

/**
 * An entry of the log. One that is damaged keeps its place and says so: nothing depends on it, and the others, and
 * whoever wants to see them, are not to suffer.
 * @throws {StoreError} `store/damaged`: it has not even an id.
 */
export function readActivity(row: unknown): StoredActivity {
  const { id, atMs } = read("an entry of the log", () => ActivityRow.parse(row));
  try {
    return { ...ActivityRecord.parse(unpacked(row)), id };
  } catch {
    return { ...UNREADABLE, id, atMs };
  }
}

const UNREADABLE: Omit<NewActivity, "atMs"> = {
  kind: "unreadable",
  severity: "warn",
  provider: null,
  request: null,
  text: "This entry of the log is damaged and cannot be read.",
  details: {},
};

/** Columns and record in one. */
function unpacked(row: unknown): Record<string, unknown> {
  const { record, ...columns } = WithRecord.parse(row);
  return { ...z.looseObject({}).parse(JSON.parse(record)), ...columns };
}

function nameOf(what: string, row: unknown): string {
  const { success, data } = Named.safeParse(row);
  return success ? `the ${what} ${JSON.stringify(data)}` : `a ${what} without a name`;
}

function read<T>(what: string, act: () => T): T {
  try {
    return act();
  } catch (cause) {
    const words = cause instanceof z.ZodError ? faultsOf(cause) : textOf(cause);
    throw new StoreError("store/damaged", `${what} cannot be read: ${words}`, { cause });
  }
}
