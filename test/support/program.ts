/** Running someone else's program beside a test. */
import { spawn, type ChildProcess } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";

/** A running program whose output can be waited for. */
export interface Program {
  /** Everything printed so far, on both outputs. */
  readonly output: string;
  /** Waits until the output matches. Fails with what was printed if the program ends first, or after `timeoutMs`. */
  until(pattern: RegExp, timeoutMs?: number): Promise<RegExpMatchArray>;
  /** Writes to its standard input. */
  write(text: string): void;
  /** Ends its standard input. */
  endInput(): void;
  /** Waits for its end; the exit code, or -1 for a signal. */
  exit(timeoutMs?: number): Promise<number>;
  /** Ends it, and waits until it has. */
  stop(signal?: NodeJS.Signals): Promise<void>;
}

/** Starts a program. `owner.after` (a test context) stops it when the test is over. */
export function run(
  owner: { after(fn: () => Promise<void>): void },
  path: string,
  args: readonly string[],
  options: { readonly env?: NodeJS.ProcessEnv; readonly cwd?: string } = {},
): Program {
  const child = spawn(path, args, { stdio: ["pipe", "pipe", "pipe"], ...options });
  const program = new RunningProgram(child, [path, ...args].join(" "));
  owner.after(() => program.stop("SIGKILL"));
  return program;
}

class RunningProgram implements Program {
  output = "";
  readonly #child: ChildProcess;
  readonly #line: string;
  readonly #waiting = new Set<() => void>();
  #code: number | undefined;

  constructor(child: ChildProcess, line: string) {
    this.#child = child;
    this.#line = line;
    const take = (chunk: Buffer): void => {
      this.output += chunk.toString();
      for (const look of this.#waiting) look();
    };
    child.stdout?.on("data", take);
    child.stderr?.on("data", take);
    child.stdin?.on("error", () => {}); // it may be gone before it has read everything
    child.on("close", (code) => {
      this.#code = code ?? -1;
      for (const look of this.#waiting) look();
    });
    child.on("error", (error) => {
      this.output += String(error);
      this.#code = -1;
    });
  }

  until(pattern: RegExp, timeoutMs = 10_000): Promise<RegExpMatchArray> {
    return this.#wait(`${pattern} from ${this.#line}`, timeoutMs, () => {
      const match = pattern.exec(this.output);
      if (match) return match;
      if (this.#code !== undefined) throw new Error(`ended first (${this.#code})`);
      return undefined;
    });
  }

  write(text: string): void {
    this.#child.stdin?.write(text);
  }

  endInput(): void {
    this.#child.stdin?.end();
  }

  exit(timeoutMs = 10_000): Promise<number> {
    return this.#wait(`the end of ${this.#line}`, timeoutMs, () => this.#code);
  }

  async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
    if (this.#code !== undefined) return;
    const closed = once(this.#child, "close");
    this.#child.kill(signal);
    await closed;
  }

  #wait<T>(what: string, timeoutMs: number, ready: () => T | undefined): Promise<T> {
    return new Promise((resolve, reject) => {
      const finish = (settle: () => void): void => {
        clearTimeout(timer);
        this.#waiting.delete(look);
        settle();
      };
      const give = (why: string): void =>
        finish(() => reject(new Error(`waiting for ${what}: ${why}; it printed:\n${this.output}`)));
      const look = (): void => {
        try {
          const value = ready();
          if (value !== undefined) finish(() => resolve(value));
        } catch (error) {
          give(error instanceof Error ? error.message : String(error));
        }
      };
      const timer = setTimeout(() => give(`not within ${timeoutMs} ms`), timeoutMs);
      this.#waiting.add(look);
      look();
    });
  }
}

/** A UDP port of 127.0.0.1 that was free a moment ago, for a program that cannot choose one itself. */
export async function freeUdpPort(): Promise<number> {
  const socket = createSocket("udp4");
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  const { port } = socket.address();
  socket.close();
  return port;
}
