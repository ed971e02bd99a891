/** The longest message that the agent takes, in octets of UTF-8. What it sends may be longer. */
export const MAX_MESSAGE_OCTETS = 262_144;

/**
 * One connection between the agent and whoever asks it, whatever carries it: a socket, a WebSocket, a MessagePort. It
 * carries whole messages of text, in order, or ends.
 */
export interface Channel {
  /** Queues one message. Does nothing once the channel has ended. */
  send(text: string): void;
  /** Octets that were queued and have not left yet: a reader that does not read must not fill our memory. */
  readonly queued: number;
  /** Ends the channel; what is queued still leaves if the peer reads it soon. Idempotent. `closed` follows. */
  close(): void;
  /** Sets who listens; called once, before any message is delivered. Listeners must not throw. */
  listen(listener: ChannelListener): void;
}

/** What a channel tells its owner. */
export interface ChannelListener {
  message(text: string): void;
  /**
   * The peer sends nothing more, but may still read. Only sockets know this; whoever hears it closes the channel when
   * nothing is left to be said. An owner without this function has the channel closed at once.
   */
  ended?(): void;
  /** The channel is gone. Called once, last. */
  closed(): void;
}
