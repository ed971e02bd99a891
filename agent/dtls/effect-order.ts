import type { HandshakeEffect } from "./handshake.ts";

/** Whoever may send is asked before the flight goes, so that what he has to say goes in the same datagram. */
export function flightLast(effects: readonly HandshakeEffect[]): readonly HandshakeEffect[] {
  if (!effects.some(({ tag }) => tag === "may-send")) return effects;
  const isFlight = ({ tag }: HandshakeEffect): boolean => tag === "send";
  return [...effects.filter((effect) => !isFlight(effect)), ...effects.filter(isFlight)];
}
