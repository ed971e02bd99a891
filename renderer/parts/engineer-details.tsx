import type { Detail } from "../model/engineer.ts";
import { strings } from "../strings.ts";

/** Exact values in an engineer's words, out of the way until they are asked for. */
export function EngineerDetails({ details }: { readonly details: readonly Detail[] }) {
  return (
    <details class="engineer">
      <summary>{strings.common.details}</summary>
      <dl>
        {details.map(([label, value], index) => (
          <div key={index}>
            <dt>{label}</dt>
            <dd>
              <code>{value}</code>
            </dd>
          </div>
        ))}
      </dl>
    </details>
  );
}
