/** The registered port of the signal channel, UDP and TCP. [RFC 9132 §10.1] */
export const DEFAULT_PORT = 4646;
