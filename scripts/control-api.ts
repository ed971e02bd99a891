/** Writes docs/control-api.md from the control contract; a test refuses a page that is not fresh. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { MAX_CALLS } from "../agent/control/call-runner.ts";
import { MAX_MESSAGE_OCTETS } from "../agent/control/channel.ts";
import { contract, type CommonReason } from "../agent/control/contract.ts";
import { byName, type AnyCall, type AnyEvent } from "../agent/control/define.ts";
import { formatRequest, rpcErrorOf } from "../agent/control/rpc.ts";
import * as schemas from "../agent/control/schemas.ts";
import { MAX_QUEUED_OCTETS } from "../agent/control/server-connection.ts";
import { MAX_CONNECTIONS } from "../agent/control/transport/socket-server.ts";
import { SchemaNames, type Field } from "./schema-text.ts";
import { isEntry, ROOT } from "./tree.ts";

/** What each reason means for which any call may be refused. */
const COMMON: Readonly<Record<CommonReason, string>> = {
  "invalid-input": "not of the form below; the message names each field and what is wrong with it",
  "unknown-method": "there is no such call",
  "not-allowed": "this connection has no right to it",
  busy: "more calls, or connections, at once than are served",
  "store-failed": "what was asked cannot be kept: a full disk, a damaged database",
  stopping: "the agent is ending",
  internal: "a fault of the agent; its log says more",
};

const KIB = 1024;
const MIB = 1024 * KIB;
const code = (text: string): string => `\`${text}\``;
const block = (language: string, text: string): string => `\`\`\`${language}\n${text}\n\`\`\``;

/** The whole page. */
export function controlApiPage(): string {
  const names = new SchemaNames(schemas);
  const calls = [...byName<AnyCall>(contract.calls)].map(([name, one]) =>
    callText(names, name, one),
  );
  const events = [...byName<AnyEvent>(contract.events)].map(([name, one]) =>
    eventText(names, name, one),
  );
  const parts = [
    introduction(),
    byHand(),
    rules(),
    "## Calls",
    ...calls,
    "## Events",
    ...events,
    "## Forms",
    forms(names),
  ];
  return `${parts.join("\n\n")}\n`;
}

function introduction(): string {
  return `# The control API

<!-- Written by scripts/control-api.ts from agent/control/contract.ts. Change those, then run that script again. -->

Everything that the desktop window, the web console and the \`mayday\` command ask of the agent, a script can ask as
well. This is version ${contract.version} of the contract.

The agent listens at a Unix socket: \`$MAYDAY_CONTROL\`, else \`control.sock\` in the runtime directory (a named pipe on
Windows); the agent prints the path when it is ready. Only the user whose agent it is can connect. Each message is one
line of JSON, a [JSON-RPC 2.0](https://www.jsonrpc.org/specification) object; batches are refused. The web console
speaks the same over its WebSocket \`/control\`.`;
}

function byHand(): string {
  const hello = formatRequest(1, "hello", {});
  const answer = {
    product: "mayday",
    contract: contract.version,
    version: "0.1.0",
    right: "admin",
  };
  const subscribe = formatRequest(1, "events.subscribe", { names: ["agent.changed"] });
  return `## By hand

${block(
  "sh",
  `echo '${hello}' | socat -t 5 - UNIX-CONNECT:"$MAYDAY_CONTROL"
echo '${subscribe}' | nc -U "$MAYDAY_CONTROL"   # stays, and prints each change`,
)}

The first prints who answers, and what this connection may do:

${block("json", JSON.stringify({ jsonrpc: "2.0", id: 1, result: answer }))}

A program checks \`product\` and \`contract\` before it says anything else. One that ends its side of the socket, as
\`socat\` does, still gets the answers to its calls; whoever wants events keeps it open, as \`nc\` does.`;
}

function rules(): string {
  const error = rpcErrorOf("busy", "…", "Wait for an answer first.");
  const reasons = Object.entries(COMMON).map(([reason, what]) => `| \`${reason}\` | ${what} |`);
  return `## Rules

- A call's \`id\` is a number or a short text, and names it until its answer has come. A call without one is not carried
  out.
- Progress, where a call has any, comes before its answer:
  \`{"jsonrpc":"2.0","method":"progress","params":{"id":1,"value":…}}\`.
- \`{"jsonrpc":"2.0","method":"cancel","params":{"id":1}}\` gives a call up: it is not answered any more. What it has
  done already stays done.
- \`events.subscribe\` and \`events.unsubscribe\` take \`{"names":[…]}\`. Each event is
  \`{"jsonrpc":"2.0","method":"event","params":{"name":"…","payload":…}}\`.
- An answer or event may hold fields that are not written here yet.
- A message to the agent is at most ${MAX_MESSAGE_OCTETS / KIB} KiB long, a connection has at most ${MAX_CALLS} calls under way, the
  socket takes ${MAX_CONNECTIONS} connections. A client that leaves more than ${MAX_QUEUED_OCTETS / MIB} MiB unread is cut off; one that is behind is told only
  the newest \`agent.changed\`.
- Rights: \`read\` sees, \`write\` also changes, \`admin\` also hands out access. The socket gives all of them.

A refusal says why in \`data.reason\`, from a closed set, and often what to do in \`data.hint\`. Compare reasons, not texts:

${block("json", JSON.stringify({ jsonrpc: "2.0", id: 1, error }))}

\`code\` is -32700 (not JSON), -32600 (no message of JSON-RPC), -32601 (no such call), -32602 (input of another form) or
-32000 (everything else). Any call may be refused for:

| reason | because |
| --- | --- |
${reasons.join("\n")}`;
}

function callText(names: SchemaNames, name: string, call: AnyCall): string {
  const progress =
    call.progress === undefined ? [] : [`Progress: ${inline(names.formOf(call.progress))}`];
  const refusals =
    call.errors.length === 0 ? [] : [`Refused for: ${call.errors.map(code).join(", ")}`];
  return [
    `### ${name}`,
    `${sentence(call.summary)} Right: \`${call.needs}\`.`,
    ...inputText(names.inputsOf(call.input)),
    [...progress, `Answer: ${inline(names.formOf(call.output))}`, ...refusals].join("  \n"),
  ].join("\n\n");
}

function inputText(inputs: readonly (readonly Field[])[]): string[] {
  const tables = inputs.filter((fields) => fields.length > 0).map(table);
  return tables.length === 0
    ? ["Takes `{}`."]
    : tables.flatMap((one, at) => (at > 0 ? ["or", one] : [one]));
}

function table(fields: readonly Field[]): string {
  const rows = fields.map(
    ({ name, form, needed, description }) =>
      `| \`${name}\` | ${cell(form)} | ${needed} | ${cell(description)} |`,
  );
  return ["| field | form | needed | |", "| --- | --- | --- | --- |", ...rows].join("\n");
}

function eventText(names: SchemaNames, name: string, event: AnyEvent): string {
  return `### ${name}

${sentence(event.summary)} Right: \`${event.needs}\`.

Payload: ${inline(names.formOf(event.payload))}`;
}

function forms(names: SchemaNames): string {
  const all = names
    .used()
    .map(([name, text]) => `${name} =${text.startsWith("\n") ? text : ` ${text}`}`);
  return `An \`instant\` is ISO 8601 in UTC, \`2030-01-01T12:00:00.000Z\`. Names that end in \`S\` are lengths of time in seconds,
in \`Ms\` in milliseconds; rates are per second. \`null\`: there is none, or none yet. \`?\`: may be missing.

${block("ts", all.join("\n\n"))}`;
}

function sentence(summary: string): string {
  return `${summary.slice(0, 1).toUpperCase()}${summary.slice(1)}.`;
}

function inline(form: string): string {
  return code(form.replaceAll(/\s+/g, " "));
}

function cell(text: string): string {
  return text.replaceAll("|", String.raw`\|`).replaceAll(/\s+/g, " ");
}

if (isEntry(import.meta.filename)) {
  writeFileSync(join(ROOT, "docs/control-api.md"), controlApiPage());
}
