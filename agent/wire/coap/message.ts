/** One option of a message, by number, in its encoded form. [RFC 7252 §3.1] */
export interface CoapOption {
  readonly number: number;
  readonly value: Uint8Array;
}

/** A code as `class * 32 + detail`; `formatCode` writes it "2.05". [RFC 7252 §3] */
export type CoapCode = number;

/** A CoAP message over UDP. [RFC 7252 §3] */
export interface CoapMessage {
  readonly type: "con" | "non" | "ack" | "rst";
  readonly code: CoapCode;
  /** 0 to 65535. */
  readonly messageId: number;
  /** 0 to 8 octets. */
  readonly token: Uint8Array;
  /** In ascending order of their numbers. */
  readonly options: readonly CoapOption[];
  readonly payload: Uint8Array;
}
