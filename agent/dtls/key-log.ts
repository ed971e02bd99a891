/**
 * A line of a key log in NSS's format, by which Wireshark reads a session. Whoever has it can read everything
 * that was said in that session, and speak in it.
 */
export function keyLogLine(clientRandom: Uint8Array, master: Uint8Array): string {
  return `CLIENT_RANDOM ${hex(clientRandom)} ${hex(master)}`;
}

function hex(octets: Uint8Array): string {
  return Array.from(octets, (octet) => octet.toString(16).padStart(2, "0")).join("");
}
