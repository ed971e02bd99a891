/**
 * Why there is no session, as a closed set:
 * - `name-not-found`: the server's name has no address
 * - `unreachable`: nobody answers, or somebody says that nobody listens
 * - `key-refused`: the identity or the key
 * - `silent`: there was a session; the server fell silent
 * - `closed`: the server ended the session
 * - `not-dots`: something answers that is no DOTS server we could talk to
 * - `internal`: a fault on this machine
 */
export type SessionFault =
  | "name-not-found"
  | "unreachable"
  | "key-refused"
  | "silent"
  | "closed"
  | "not-dots"
  | "internal";
