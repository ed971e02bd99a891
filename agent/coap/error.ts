/** The closed set of ways in which a CoAP exchange of ours fails. */
export type CoapErrorCode =
  | "coap/timeout" // no answer in the time allowed, or a CON was never acknowledged
  | "coap/reset" // the peer rejected the request with a Reset
  | "coap/closed" // the session is closed, by us or below us
  | "coap/busy" // as many exchanges or observations are under way as are allowed
  | "coap/too-large" // the message does not fit one datagram
  | "coap/bad-response"; // the answer needs something of us that we do not understand

/** A fault of a CoAP session. The message never holds a token. */
export class CoapError extends Error {
  override readonly name = "CoapError";
  readonly code: CoapErrorCode;
  constructor(code: CoapErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
