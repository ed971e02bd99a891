import type { CallFault } from "../api/call-fault.ts";
import { faultSentences } from "../model/fault-sentences.ts";
import { Icon } from "./icon.tsx";
import { SEVERITY_PATHS } from "./icon-paths.ts";

/** What went wrong, where it went wrong. Read out as soon as it is there. */
export function FaultNote({ fault }: { readonly fault: CallFault | undefined }) {
  return (
    <div role="alert">
      {fault !== undefined && (
        <div class="note bad">
          <Icon paths={SEVERITY_PATHS.bad} />
          <p>
            {faultSentences(fault).map((sentence) => (
              <span key={sentence}>{sentence} </span>
            ))}
          </p>
        </div>
      )}
    </div>
  );
}
