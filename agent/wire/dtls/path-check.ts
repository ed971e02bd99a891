import { ByteReader, ByteWriter, WireError } from "../bytes.ts";

/** The messages of the return routability check. [RFC 9853 §4] */
export const RrcType = {
  /** Whether the peer can be reached where it seems to be now. */
  pathChallenge: 0,
  /** Here it is. */
  pathResponse: 1,
  /** It can, and prefers to be reached elsewhere. */
  pathDrop: 2,
} as const;

/** Octets of a cookie. [RFC 9853 §4] */
export const PATH_COOKIE_LENGTH = 8;

/** One message of the return routability check. [RFC 9853 §4] */
export interface PathCheck {
  readonly type: (typeof RrcType)[keyof typeof RrcType];
  /** 8 octets that nobody else can guess; an answer repeats those of its challenge. */
  readonly cookie: Uint8Array;
}

/**
 * Content of a return_routability_check record: exactly one message. [RFC 9853 §4]
 * @throws {WireError} `wire/unknown-critical` for a type of which we know nothing; its receiver ignores it
 */
export function decodePathCheck(content: Uint8Array): PathCheck {
  const r = new ByteReader(content);
  const type = r.u8("rrc_msg_type");
  if (!isRrcType(type)) {
    throw new WireError("wire/unknown-critical", `rrc_msg_type ${type} is not known`);
  }
  const cookie = r.bytes(PATH_COOKIE_LENGTH, "Cookie");
  r.end("return_routability_check");
  return { type, cookie };
}

/** Content of a return_routability_check record. [RFC 9853 §4] @throws {WireError} unless the cookie has 8 octets */
export function encodePathCheck({ type, cookie }: PathCheck): Uint8Array {
  if (cookie.length !== PATH_COOKIE_LENGTH) {
    throw new WireError("wire/out-of-range", `a path check's cookie has ${cookie.length} octets`);
  }
  return new ByteWriter().u8(type).bytes(cookie).done();
}

function isRrcType(type: number): type is PathCheck["type"] {
  return (
    type === RrcType.pathChallenge || type === RrcType.pathResponse || type === RrcType.pathDrop
  );
}
