import type { Session } from "../../agent/control/contract.ts";
import { dayDate } from "../model/format.ts";
import { strings } from "../strings.ts";
import { Note } from "./note.tsx";

/** What has to be done about the certificate that a provider knows us by; nothing for one that is good for long. */
export function CertificateNote({
  session,
  named = false,
}: {
  readonly session: Session;
  /** Whether it is said which provider's it is. */
  readonly named?: boolean;
}) {
  const { certificate, provider } = session;
  if (certificate === null || certificate.state === "valid") return null;
  const { state, expiresAt } = certificate;
  const day = dayDate(Date.parse(expiresAt));
  const words = named
    ? strings.home.certificate[state](provider, day)
    : strings.providers.certificate[state](day);
  return (
    <Note severity={state === "expired" ? "bad" : "warn"}>
      <p>{words}</p>
    </Note>
  );
}
