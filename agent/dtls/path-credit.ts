import { sameAddress } from "../net/address.ts";
import type { Address } from "../net/ports.ts";

/**
 * Octets that may go to an address that nobody has proved to be at: never more than came from there, or whoever has
 * keys could have us send more than he does to somebody else. One address is counted, the one heard last, so that
 * nothing grows; what another one had is forfeited. [RFC 9146 §6] [RFC 9853]
 */
export class PathCredit {
  #at: Address | undefined;
  #octets = 0;

  /** So many octets have come from there, and authenticated. */
  earn(from: Address, octets: number): void {
    if (!this.#at || !sameAddress(from, this.#at)) this.#octets = 0;
    this.#at = from;
    this.#octets += octets;
  }

  /** Whether so many octets may go there. */
  affords(to: Address, octets: number): boolean {
    return this.#at !== undefined && sameAddress(to, this.#at) && octets <= this.#octets;
  }

  /** Takes so many octets for what goes there; false, and takes none, if there are not as many. */
  spend(to: Address, octets: number): boolean {
    if (!this.affords(to, octets)) return false;
    this.#octets -= octets;
    return true;
  }
}
