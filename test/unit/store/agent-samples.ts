/** What an agent keeps, for the tests of its store. The golden database holds all of it: see agent-migrations.test.ts. */
import type {
  NewActivity,
  StoredProvider,
  StoredRequest,
  StoredTarget,
} from "../../../agent/store/agent-store.ts";

export const PROVIDER: StoredProvider = {
  id: "p1",
  name: "Nordlicht <b>Netz</b>",
  kind: "provider",
  host: "dots.example.net",
  port: 4646,
  credential: {
    type: "psk",
    identity: "branch",
    key: Uint8Array.from({ length: 32 }, (_, at) => (at * 37 + 200) % 256),
  },
  addedAtMs: 1_893_456_000_123,
};

export const PRACTICE: StoredProvider = {
  id: "p0",
  name: "Practice provider",
  kind: "practice",
  host: "127.0.0.1",
  port: 40_000,
  credential: { type: "psk", identity: "practice", key: Uint8Array.of(0, 255) },
  addedAtMs: 1_893_456_000_000,
};

/** One with a certificate, and everything that such a credential can have. */
export const CERTIFIED: StoredProvider = {
  id: "p2",
  name: "With certificates",
  kind: "provider",
  host: "198.51.100.9",
  port: 4646,
  credential: {
    type: "certificate",
    chain: [Uint8Array.of(0x30, 1, 255), Uint8Array.of(0x30, 2)],
    key: Uint8Array.of(0x30, 3, 0, 128, 7),
    cas: [Uint8Array.of(0x30, 4)],
    serverName: "dots.example.net",
    legacy: true,
  },
  addedAtMs: 1_893_456_000_456,
};

export const TARGET: StoredTarget = {
  id: "t1",
  name: "Web shop",
  typed: "[2001:db8::7]:443/tcp",
  addedAtMs: 1_893_456_001_000,
};

/** One that lives, with everything that such a one can have. */
export const FILTERING: StoredRequest = {
  id: 7,
  providerId: "p1",
  provider: "Nordlicht <b>Netz</b>",
  kind: "provider",
  mid: 4_294_967_295,
  targets: ["Web shop", "203.0.113.0/28"],
  scope: {
    "target-prefix": ["2001:db8::7/128", "203.0.113.0/28"],
    "target-port-range": [{ "lower-port": 443 }, { "lower-port": 1000, "upper-port": 2000 }],
    "target-protocol": [6],
    "target-fqdn": ["www.example.com"],
    "target-uri": ["https://www.example.com/"],
  },
  lifetimeS: 3600,
  requestKey: "b7a3f0c2-made-by-the-caller",
  phase: "filtering",
  status: 2,
  expiresAtMs: 1_893_459_600_000.5,
  requestedAtMs: 1_893_456_002_000,
  sentAtMs: 1_893_456_002_001,
  acceptedAtMs: 1_893_456_002_100,
  filteringAtMs: 1_893_456_003_000,
  endedAtMs: null,
  refusal: null,
  outcome: null,
};

/** One that is over, with everything that such a one can have. */
export const REFUSED: StoredRequest = {
  ...FILTERING,
  id: 3,
  mid: 0,
  scope: { "target-prefix": ["198.51.100.1/32"] },
  requestKey: null,
  phase: "refused",
  status: null,
  expiresAtMs: null,
  sentAtMs: null,
  acceptedAtMs: null,
  filteringAtMs: null,
  endedAtMs: 1_893_456_002_500,
  refusal: {
    code: "4.09",
    words: "already mitigated for “others”",
    conflictCause: "overlapping-targets",
    retryAfterS: 1800,
  },
  outcome: "refused",
};

/** A living request without a key. */
export function asking(id: number): StoredRequest {
  return { ...FILTERING, id, mid: id, phase: "asking", status: null, requestKey: null };
}

export const ACTIVITY: NewActivity = {
  atMs: 1_893_456_003_000.25,
  kind: "mitigation-filtering",
  severity: "good",
  provider: "Nordlicht <b>Netz</b>",
  request: 7,
  text: "Nordlicht <b>Netz</b> filters what is sent to Web shop.",
  details: { mid: 7, rttMs: 12.5, resumed: false, conflict: null, cipher: "0xD001" },
};

/** An entry of the log that is like no other. */
export function entry(number: number): NewActivity {
  return { ...ACTIVITY, text: `entry ${number}`, request: null, provider: null, details: {} };
}
