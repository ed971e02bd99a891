/**
 * One connection between the agent and whoever asks it, whatever carries it: a socket, a WebSocket, a MessagePort. It
 * carries whole messages of text, in order, or ends.
 */
export interface Channel {
  /** Queues one message. Does nothing once the channel has ended. */
  send(text: string): void;
  /** Octets that were queued and have not left yet: a reader that does not read must not fill our memory. */
  readonly queued: number;
  /** Ends the channel. Idempotent. */
  close(): void;
  /** Sets who listens; called once, before any message is delivered. Listeners must not throw. */
  listen(listener: ChannelListener): void;
}

/** What a channel tells its owner. */
export interface ChannelListener {
  message(text: string): void;
  /** The channel is gone. Called once, last. */
  closed(): void;
}
