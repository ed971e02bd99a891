import assert from "node:assert/strict";
import { test } from "node:test";
import { requestCommand } from "../../../agent/cli/request-command.ts";
import { contract, type Mitigation } from "../../../agent/control/contract.ts";
import { aMitigation, aPreview, aProvider, aStatus } from "../../support/control-samples.ts";
import { controlLab, type ControlLab, type LabOptions, type Ran } from "./control-lab.ts";

const providers = [aProvider()];
const preview = aPreview({ warnings: ["Port 443 of 203.0.113.8 is covered, too.\u{7}"] });
const { mitigation: calls } = contract.calls;

function lab(
  owner: Parameters<typeof controlLab>[0],
  options: LabOptions = {},
): Promise<ControlLab> {
  return controlLab(owner, { ...options, state: { providers, ...options.state } });
}

function request(where: ControlLab, ...args: string[]): Promise<Ran> {
  return where.run(requestCommand, "request", "203.0.113.7:443", ...args);
}

test("request ends as soon as it is kept, and says that it goes on", async (t) => {
  const agent = await lab(t);
  const { exit, out, err } = await request(agent);
  assert.deepEqual([exit, err], [0, ""]);
  assert.equal(
    out,
    `Asking Northline to filter traffic to 203.0.113.7:443; it has not answered, for 4 seconds now.
  The request is kept, and sent until it is answered. How it goes: mayday mitigation show m-1
  Stop it: mayday mitigation withdraw m-1
`,
  );
});

test("request asks the provider that was shown, for as long as was said", async (t) => {
  const agent = await lab(t);
  await request(agent, "--lifetime", "600", "--provider", "Northline");
  assert.deepEqual(agent.double.asked[0], {
    name: "scope.preview",
    input: { targets: ["203.0.113.7:443"], provider: "Northline" },
  });
  const { requestKey, ...draft } = agent.lastInput;
  assert.deepEqual(draft, { targets: ["203.0.113.7:443"], provider: "p1", lifetimeS: 600 });
  assert.match(String(requestKey), /^[0-9a-f-]{36}$/);
});

test("request --json is the mitigation", async (t) => {
  const agent = await lab(t, { watched: true, answer: false });
  const { exit, out, err } = await request(agent, "--json");
  assert.deepEqual([exit, err], [0, ""]);
  assert.equal(calls.request.output.parse(JSON.parse(out)).phase, "asking");
  assert.deepEqual(agent.questions, []);
});

for (const [lifetime, err] of [
  [
    "3600",
    `mayday: already asked for: request m1, for 1 minute, not 1 hour
  To change that, withdraw it first: mayday mitigation withdraw m1
`,
  ],
  ["60", "mayday: already asked for: request m1, for 1 minute\n"],
] as const) {
  test(`request --lifetime ${lifetime} tells that the same was asked for already`, async (t) => {
    const old = aMitigation({ id: "m1", lifetimeS: 60 });
    const agent = await lab(t, { state: { status: aStatus({ mitigations: [old] }) } });
    Object.assign(agent.double.handlers, { "mitigation.request": () => old });
    const ran = await request(agent, "--lifetime", lifetime, "--json");
    assert.deepEqual([ran.exit, ran.err], [0, err]);
    assert.equal(calls.request.output.parse(JSON.parse(ran.out)).id, "m1");
  });
}

test("on a terminal what will be asked for is shown first, and nothing is asked for without a yes", async (t) => {
  const agent = await lab(t, { watched: true, answer: false, state: { preview } });
  const { exit, out, err } = await request(agent, "--lifetime", "5400");
  assert.deepEqual([exit, out], [2, ""]);
  assert.equal(
    err,
    `Northline is going to be asked to filter traffic to
  203.0.113.7:443  203.0.113.7; port 443
for 1 hour 30 minutes, renewed until you withdraw it.
Note: Port 443 of 203.0.113.8 is covered, too.�
mayday: nothing was asked for
`,
  );
  assert.deepEqual(agent.questions, ["Ask now? [y/N] "]);
  assert.deepEqual(
    agent.double.asked.map(({ name }) => name),
    ["scope.preview"],
  );
});

test("with a yes it is asked for", async (t) => {
  const agent = await lab(t, { watched: true, answer: true });
  assert.equal((await request(agent)).exit, 0);
  assert.equal(agent.double.asked.at(-1)?.name, "mitigation.request");
});

for (const [what, options, flags] of [
  ["with --yes", { watched: true, answer: false }, ["--yes"]],
  ["without a terminal", {}, []],
] as const) {
  test(`${what} nobody is asked, and warnings are told`, async (t) => {
    const agent = await lab(t, { ...options, state: { preview } });
    const { exit, err } = await request(agent, ...flags);
    assert.equal(exit, 0);
    assert.equal(err, "mayday: warning: Port 443 of 203.0.113.8 is covered, too.�\n");
    assert.deepEqual(agent.questions, []);
  });
}

for (const reason of ["bad-target", "no-provider", "which-provider"] as const) {
  test(`${reason}: exit 2, and nothing is asked for`, async (t) => {
    const agent = await lab(t);
    agent.double.refuse("scope.preview", reason, { message: "192.168.1.1 is inside" });
    const { exit, out } = await request(agent, "--json");
    assert.equal(exit, 2);
    assert.match(out, new RegExp(`"code":"${reason}","message":"192.168.1.1 is inside"`));
    assert.equal(agent.double.asked.length, 1);
  });
}

const REFUSAL = { code: "4.00", words: "not yours", conflictCause: null, retryAfterS: null };

interface Ending {
  readonly title: string;
  /** What becomes of the mitigation while it is waited for. */
  readonly becomes: readonly Partial<Mitigation>[];
  /** Whether the time then runs out. */
  readonly late?: true;
  readonly exit: number;
  readonly code?: string;
  readonly err?: RegExp;
}

const endings: readonly Ending[] = [
  {
    title: "filters",
    becomes: [
      { phase: "accepted", awaiting: null },
      { phase: "filtering", awaiting: null },
    ],
    exit: 0,
  },
  { title: "filtered already", becomes: [{ phase: "attack-over", awaiting: null }], exit: 0 },
  {
    title: "accepts and tells no more",
    becomes: [{ phase: "accepted", awaiting: null }],
    late: true,
    exit: 0,
  },
  {
    title: "refuses",
    becomes: [{ phase: "refused", outcome: "refused", refusal: REFUSAL, awaiting: null }],
    exit: 3,
    code: "server/refused",
    err: /^mayday: Northline refused \(4\.00\): not yours\n {2}Ask for other targets/,
  },
  {
    title: "refuses for now",
    becomes: [{ refusal: { ...REFUSAL, code: "5.03", words: "busy", retryAfterS: 600 } }],
    late: true,
    exit: 3,
    code: "server/refused",
    err: /busy\n {2}It may be asked again in 10 minutes\./,
  },
  {
    title: "does not answer",
    becomes: [],
    late: true,
    exit: 4,
    code: "unanswered",
    err: /^mayday: Northline has not answered yet\n {2}The agent goes on asking: mayday mitigation show m-1\n$/,
  },
  {
    title: "cannot be reached",
    becomes: [{ awaiting: { what: "session", since: "2030-01-01T12:00:00.000Z" } }],
    late: true,
    exit: 4,
    code: "unanswered",
    err: /there is no session with Northline yet/,
  },
  {
    title: "ends it",
    becomes: [{ phase: "ended", outcome: "terminated", awaiting: null }],
    exit: 3,
    code: "terminated",
  },
  {
    title: "lets it run out",
    becomes: [{ phase: "ended", outcome: "expired", awaiting: null }],
    exit: 4,
    code: "expired",
  },
  {
    title: "is told to stop by somebody else",
    becomes: [{ phase: "ended", outcome: "withdrawn", awaiting: null }],
    exit: 1,
    code: "withdrawn",
  },
];

function isOver(phase: string): boolean {
  return phase === "ended" || phase === "refused";
}

for (const json of [false, true]) {
  for (const { title, becomes, late, exit, code, err } of endings) {
    test(`request --wait${json ? " --json" : ""}: a provider that ${title} ends it in exit ${exit}`, async (t) => {
      const agent = await lab(t);
      const kept = agent.kept();
      const running = request(agent, "--wait", "--timeout", "5", ...(json ? ["--json"] : []));
      const id = await kept;
      for (const change of becomes) agent.double.setMitigation(id, change);
      if (late === true) {
        await agent.called("mitigation.request");
        await agent.ranOut(5000);
      }
      const ran = await running;
      assert.equal(ran.exit, exit);
      const phase = becomes.at(-1)?.phase ?? "asking";
      if (json) {
        const answer = JSON.parse(ran.out) as { error?: { code: string } };
        assert.equal(answer.error?.code, code);
        assert.equal(calls.request.output.parse(answer).phase, phase);
        assert.equal(ran.err, "");
      } else {
        assert.match(ran.err, err ?? (exit === 0 ? /^$/ : /^mayday: /));
        // What is over is said once, on stderr.
        assert.match(ran.out, isOver(phase) ? /^$/ : /Stop it: mayday mitigation withdraw m-1\n$/);
      }
    });
  }
}

test("whoever watches sees what is waited for, on a line that is taken back", async (t) => {
  const agent = await lab(t, { watched: true });
  const kept = agent.kept();
  const running = request(agent, "--wait");
  const id = await kept;
  agent.double.setMitigation(id, { phase: "accepted", awaiting: null });
  agent.double.setMitigation(id, { phase: "filtering", awaiting: null });
  const { err } = await running;
  const lines = err.split("\r\u{1b}[K");
  assert.deepEqual([lines[0], lines.at(-1)], ["", ""]);
  for (const line of lines) assert.match(line, /^\P{Cc}{0,79}$/u);
  assert.match(lines[1] ?? "", /Northline .*traffic to 203\.0\.113\.7:443/);
});

test("an agent that ends while it is waited for: exit 6, and the request is not lost", async (t) => {
  const agent = await lab(t);
  const kept = agent.kept();
  const running = request(agent, "--wait");
  await kept;
  await agent.close();
  const { exit, err } = await running;
  assert.equal(exit, 6);
  assert.match(err, /connection to the agent has ended/);
});

for (const [args, says] of [
  [[], /missing required argument 'target'/],
  [["a", "--lifetime", "59"], /--lifetime.*less than a minute/],
  [["a", "--lifetime", "604801"], /--lifetime.*more than a week/],
  [["a", "--lifetime", "1h"], /--lifetime.*Not a whole number/],
  [["a", "--timeout", "0"], /--timeout.*above 0/],
  [["a", "--timeout", "-5"], /--timeout/],
  [["a\u{1b}"], /control character/],
  [["a", "--provider", ""], /--provider.*is empty/],
  [["a", "--template", "t"], /unknown option '--template'/],
] as const) {
  test(`request ${args.map((arg) => JSON.stringify(arg)).join(" ")}: exit 2`, async (t) => {
    const agent = await lab(t);
    const { exit, err } = await agent.run(requestCommand, "request", ...args);
    assert.equal(exit, 2);
    assert.match(err, says);
    assert.deepEqual(agent.double.asked, []);
  });
}
