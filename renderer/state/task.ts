import { batch, signal } from "@preact/signals";
import { callFaultOf, type CallFault } from "../api/call-fault.ts";

/** One thing that the user set going: runs once at a time, and keeps what went wrong until the next try. */
export class Task {
  readonly #busy = signal(false);
  readonly #fault = signal<CallFault | undefined>(undefined);

  get busy(): boolean {
    return this.#busy.value;
  }

  get fault(): CallFault | undefined {
    return this.#fault.value;
  }

  /** Runs `work`; a second call while it runs does nothing. Never rejects. */
  async run(work: () => Promise<void>): Promise<void> {
    if (this.#busy.peek()) return;
    batch(() => {
      this.#busy.value = true;
      this.#fault.value = undefined;
    });
    let fault: CallFault | undefined;
    try {
      await work();
    } catch (error) {
      fault = callFaultOf(error);
    }
    batch(() => {
      this.#busy.value = false;
      this.#fault.value = fault;
    });
  }

  /** Forgets what went wrong: the user has changed what it was about. */
  forgive(): void {
    this.#fault.value = undefined;
  }
}
