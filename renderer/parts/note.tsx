import type { ComponentChildren } from "preact";
import type { Activity } from "../../agent/control/contract.ts";
import { Icon } from "./icon.tsx";
import { SEVERITY_PATHS } from "./icon-paths.ts";

/** A remark that belongs to what stands around it. */
export function Note({
  severity,
  children,
}: {
  readonly severity: Activity["severity"];
  readonly children: ComponentChildren;
}) {
  return (
    <div class={`note ${severity}`}>
      <Icon paths={SEVERITY_PATHS[severity]} />
      <div>{children}</div>
    </div>
  );
}
