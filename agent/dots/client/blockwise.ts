import { WireError } from "../../wire/bytes.ts";
import { MAX_BODY_OCTETS } from "../../wire/cbor/dots-body.ts";
import { Code, formatCode } from "../../wire/coap/code.ts";
import type { CoapOption } from "../../wire/coap/message.ts";
import {
  block2Option,
  blockSize,
  findBlock2,
  findOption,
  OptionNumber,
  sortOptions,
  type Block,
} from "../../wire/coap/options.ts";
import type { Answered, CoapRequest, CoapResponse } from "../../coap/types.ts";
import { DotsError } from "./dots-error.ts";

/** Fetches what follows the first block of an answer. [RFC 7959 §2.4] [RFC 9132 §4.4.2] */

/**
 * The whole of an answer whose first block is `first`; any other answer as it is. The server's block size is kept to,
 * and its ETag repeated, so that all blocks are of one representation.
 * @throws {DotsError} `dots/bad-answer`: blocks that do not fit together, or more than a body can hold.
 */
export async function wholeAnswer(
  request: CoapRequest,
  first: Answered,
  ask: (request: CoapRequest) => Promise<Answered>,
): Promise<Answered> {
  const etag = findOption(first.response.options, OptionNumber.ETag);
  const parts = [first.response.payload];
  let { transmissions } = first;
  let octets = first.response.payload.length;
  for (let block = blockOf(first.response); block?.more === true;) {
    const answered = await ask(blockRequest(request, block, octets, etag));
    block = nextBlock(answered.response, octets, etag);
    parts.push(answered.response.payload);
    octets += answered.response.payload.length;
    transmissions += answered.transmissions;
    if (octets > MAX_BODY_OCTETS) throw bad(`more than ${MAX_BODY_OCTETS} octets`);
  }
  return {
    ...first,
    transmissions,
    response: { ...first.response, payload: joined(parts, octets) },
  };
}

/** The request for the block that begins at `offset`, of the size of the one before. */
function blockRequest(
  request: CoapRequest,
  { exponent }: Block,
  offset: number,
  etag: CoapOption | undefined,
): CoapRequest {
  const number = offset / blockSize({ exponent });
  if (!Number.isInteger(number)) throw bad("a block that is not of its own size");
  const block = block2Option({ number, more: false, exponent });
  const options = sortOptions([...request.options, ...(etag === undefined ? [] : [etag]), block]);
  return { ...request, options };
}

/** The block of an answer that must go on at `offset`, in the same representation. */
function nextBlock(response: CoapResponse, offset: number, etag: CoapOption | undefined): Block {
  if (response.code !== Code.Content) throw bad(`${formatCode(response.code)} in place of a block`);
  const block = blockOf(response);
  if (block === undefined || block.number * blockSize(block) !== offset) {
    throw bad("a block that was not asked for");
  }
  if (block.more && response.payload.length === 0) throw bad("an empty block"); // or it would never end
  if (!sameOption(findOption(response.options, OptionNumber.ETag), etag)) {
    throw bad("it changed while it was fetched");
  }
  return block;
}

function blockOf(response: CoapResponse): Block | undefined {
  try {
    return findBlock2(response.options);
  } catch (error) {
    if (error instanceof WireError) throw bad(error.message);
    throw error;
  }
}

function sameOption(a: CoapOption | undefined, b: CoapOption | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return a.value.length === b.value.length && a.value.every((octet, i) => octet === b.value[i]);
}

function joined(parts: readonly Uint8Array[], octets: number): Uint8Array {
  const whole = new Uint8Array(octets);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function bad(what: string): DotsError {
  return new DotsError("dots/bad-answer", `the server's answer cannot be put together: ${what}`);
}
