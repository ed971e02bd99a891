import type { Scope } from "../../agent/control/contract.ts";
import { scopeRows } from "../model/scope-words.ts";

/** What a provider is asked for, exactly as it is sent. */
export function ScopeTable({ scope }: { readonly scope: Scope }) {
  return (
    <dl class="scope">
      {scopeRows(scope).map(({ label, values, exact }) => (
        <div key={label}>
          <dt>{label}</dt>
          {values.map((value) => (
            <dd key={value}>{exact ? <code>{value}</code> : value}</dd>
          ))}
        </div>
      ))}
    </dl>
  );
}
