import { common } from "../strings/common.ts";
import { home } from "../strings/home.ts";
import { clockTime, type Millis } from "./format.ts";
import type { LostWhy } from "./link-state.ts";

/**
 * What a page says while the agent cannot be heard. `told`: when the last status came, which may be long before anybody
 * noticed; undefined: none ever did.
 */
export function lostSentences(why: LostWhy, told: Millis | undefined): string[] {
  const { sentence, more } = WORDS[why];
  return [...(told === undefined ? [] : [common.lost.note(sentence, clockTime(told))]), more];
}

interface LostWords {
  readonly sentence: string;
  readonly more: string;
}

const WORDS: Readonly<Record<LostWhy, LostWords>> = {
  "no-agent": { sentence: home.noAgent.sentence, more: common.lost.waiting },
  "signed-out": { sentence: home.signedOut.sentence, more: home.signedOut.detail },
  "other-version": { sentence: home.otherVersion.sentence, more: home.otherVersion.detail },
};
