import { z } from "zod";
import {
  call,
  event,
  type AnyCall,
  type AnyEvent,
  type Groups,
  type Named,
  type NamesOf,
} from "./define.ts";
import {
  Activity,
  type CertificateProviderDraft,
  Mitigation,
  MitigationDraft,
  Provider,
  ProviderDraft,
  PskProviderDraft,
  Removal,
  Sample,
  ScopePreview,
  Status,
  Target,
  TargetDraft,
  TestReport,
  TestStep,
} from "./schemas.ts";

const Nothing = z.strictObject({});
const Done = z.object({});

const WhichProvider = z.strictObject({
  provider: PskProviderDraft.shape.name.describe("the provider's name or id"),
});
const WhichTarget = z.strictObject({
  target: TargetDraft.shape.name.describe("the target's name or id"),
});
const WhichMitigation = z.strictObject({ id: z.string().max(80).describe("the mitigation's id") });

/** What the agent can be asked. */
const calls = {
  agent: {
    status: call({
      summary: "everything that is true now",
      needs: "read",
      input: Nothing,
      output: Status,
      errors: [],
    }),
  },
  provider: {
    list: call({
      summary: "all providers, in the order added",
      needs: "read",
      input: Nothing,
      output: z.array(Provider),
      errors: [],
    }),
    show: call({
      summary: "one provider",
      needs: "read",
      input: WhichProvider,
      output: Provider,
      errors: ["no-such-provider"],
    }),
    add: call({
      summary: "add a provider and keep a session with its server",
      needs: "write",
      input: ProviderDraft,
      output: Provider,
      errors: ["name-taken", "bad-server", "bad-key", "bad-certificate", "provider-known"],
    }),
    addPractice: call({
      summary: "run the practice provider inside the agent, and add it",
      needs: "write",
      input: Nothing,
      output: Provider,
      errors: ["practice-failed"],
    }),
    test: call({
      summary: "try a provider's server step by step: name, handshake, heartbeat",
      needs: "write",
      input: z.union([
        WhichProvider,
        z.strictObject({ draft: ProviderDraft.describe("one that is not added yet") }),
      ]),
      output: TestReport,
      errors: ["no-such-provider", "bad-server", "bad-key", "bad-certificate"],
      progress: TestStep,
    }),
    remove: call({
      summary: "end the session with a provider and forget it; its key is erased",
      needs: "write",
      input: WhichProvider,
      output: Removal,
      errors: ["no-such-provider", "provider-in-use"],
    }),
  },
  target: {
    list: call({
      summary: "all named targets",
      needs: "read",
      input: Nothing,
      output: z.array(Target),
      errors: [],
    }),
    add: call({
      summary: "give what is to be protected a name",
      needs: "write",
      input: TargetDraft,
      output: Target,
      errors: ["name-taken", "bad-target"],
    }),
    remove: call({
      summary: "forget a named target; mitigations that were asked for it go on",
      needs: "write",
      input: WhichTarget,
      output: Done,
      errors: ["no-such-target"],
    }),
  },
  scope: {
    preview: call({
      summary: "what a request for these targets would ask for; nothing is sent",
      needs: "read",
      input: MitigationDraft.pick({ targets: true, provider: true }),
      output: ScopePreview,
      errors: ["bad-target", "no-provider", "no-such-provider", "which-provider"],
    }),
  },
  mitigation: {
    request: call({
      summary:
        "ask the provider for help; it is kept before it is sent, and sent until it is answered; what it was asked for already is that request again, unchanged, whatever the lifetime and key",
      needs: "write",
      input: MitigationDraft,
      output: Mitigation,
      errors: [
        "bad-target",
        "no-provider",
        "no-such-provider",
        "which-provider",
        "too-many",
        "already-asked",
        "ids-exhausted",
      ],
    }),
    list: call({
      summary: "mitigations, newest first; those that ended only when asked for",
      needs: "read",
      input: z.strictObject({
        all: z.boolean().default(false).describe("also those that ended"),
      }),
      output: z.array(Mitigation),
      errors: [],
    }),
    show: call({
      summary: "one mitigation",
      needs: "read",
      input: WhichMitigation,
      output: Mitigation,
      errors: ["no-such-mitigation"],
    }),
    samples: call({
      summary: "what the provider dropped, over the last half hour",
      needs: "read",
      input: WhichMitigation,
      output: z.array(Sample),
      errors: ["no-such-mitigation"],
    }),
    withdraw: call({
      summary: "stop a mitigation; sent until the provider has it",
      needs: "write",
      input: WhichMitigation,
      output: Mitigation,
      errors: ["no-such-mitigation"],
    }),
  },
  activity: {
    list: call({
      summary: "what happened, newest first",
      needs: "read",
      input: z.strictObject({
        limit: z
          .int()
          .min(1, "is less than 1")
          .max(1000, "is more than 1000")
          .default(100)
          .describe("how many at most"),
        before: z.int().optional().describe("only those older than this id"),
      }),
      output: z.array(Activity),
      errors: [],
    }),
  },
  console: {
    link: call({
      summary: "a link that opens the web console, once",
      needs: "admin",
      input: Nothing,
      output: z.object({ url: z.string(), expiresAt: z.string() }),
      errors: ["console-off"],
    }),
  },
} as const;

/** What the agent tells by itself. */
const events = {
  agent: {
    changed: event({
      summary: "the whole status: at once to whoever begins to listen, then whenever it changes",
      needs: "read",
      payload: Status,
    }),
  },
  activity: {
    logged: event({
      summary: "a new entry of the activity log",
      needs: "read",
      payload: Activity,
    }),
  },
} as const;

/**
 * The control contract: everything that a user interface, a command or a script can ask of the agent, and what it
 * tells. Types, runtime checks, routes, the preload, help texts, the API's page and the tests' double derive from
 * this value; nothing else is exposed.
 */
export const contract = { version: 1, calls, events } as const satisfies {
  readonly version: number;
  readonly calls: Groups<AnyCall>;
  readonly events: Groups<AnyEvent>;
};

/** `"provider.add"`, … */
export type CallName = NamesOf<typeof calls>;
/** `"agent.changed"`, … */
export type EventName = NamesOf<typeof events>;

/** What a caller passes. */
export type CallInput<Name extends CallName> = z.input<Named<typeof calls, Name>["input"]>;
/** What a handler gets: checked, with defaults filled in. */
export type CheckedInput<Name extends CallName> = z.output<Named<typeof calls, Name>["input"]>;
/** What a call answers. */
export type CallOutput<Name extends CallName> = z.output<Named<typeof calls, Name>["output"]>;
/** What a call tells before its answer; `never` for most. */
export type CallProgress<Name extends CallName> = z.output<
  NonNullable<Named<typeof calls, Name>["progress"]>
>;
/** What an event carries. */
export type EventPayload<Name extends EventName> = z.output<Named<typeof events, Name>["payload"]>;

/** Why one call is refused, apart from the common reasons. */
export type CallReason<Name extends CallName> = Named<typeof calls, Name>["errors"][number];

/** Why any call can fail. */
export type CommonReason =
  | "invalid-input" // not of the schema's form; the message names each field
  | "unknown-method"
  | "not-allowed" // this connection may not
  | "busy" // more at once than a connection may have
  | "store-failed" // what was asked cannot be kept: full disk, damaged database
  | "stopping" // the agent is ending
  | "internal"; // a fault of ours; it is in the log

/** Every reason there is. */
export type Reason = CallReason<CallName> | CommonReason;

export type Provider = z.output<typeof Provider>;
export type ProviderDraft = z.input<typeof ProviderDraft>;
export type PskProviderDraft = z.input<typeof PskProviderDraft>;
export type CertificateProviderDraft = z.input<typeof CertificateProviderDraft>;
export type Target = z.output<typeof Target>;
export type Mitigation = z.output<typeof Mitigation>;
export type Session = Status["sessions"][number];
export type Activity = z.output<typeof Activity>;
export type Status = z.output<typeof Status>;
export type Scope = Target["scope"];
export type ScopePreview = z.output<typeof ScopePreview>;
export type TestStep = z.output<typeof TestStep>;
export type TestReport = z.output<typeof TestReport>;
export type Sample = z.output<typeof Sample>;
