/** The frame around every page, and words that several pages use. */
export const common = {
  product: "Mayday",
  titleOf: (page: string): string => `${page} · Mayday`,
  skip: "Skip to the page",
  mainNavigation: "Main",
  nav: { home: "Home", help: "Get help", activity: "Activity", providers: "Providers" },
  agentVersion: (version: string): string => `Agent ${version}`,

  practice: "Practice",
  practiceSentence: (sentence: string): string => `Practice: ${sentence}`,
  details: "Details",
  copy: (what: string): string => `Copy ${what}`,
  copied: "Copied",
  cancel: "Cancel",
  back: "Back",
  save: "Save",
  remove: "Remove",
  working: "One moment",
  none: "none",
  yes: "yes",
  no: "no",

  /** Labels of engineers' details. */
  engineer: {
    server: "Server",
    address: "Address in use",
    identity: "Identity (PSK)",
    transport: "Transport",
    security: "Security",
    cipher: "Cipher suite",
    state: "Session state",
    rtt: "Round trip",
    heartbeats: "Heartbeats sent / answered / missed",
    interval: "Heartbeat interval",
    fault: "Last fault",
    added: "Added",
    prefixes: "Prefixes",
    mid: "mid",
    status: "Status (RFC 9132)",
    code: "CoAP code",
    conflict: "conflict-cause",
    lifetime: "Lifetime",
    renews: "Renews",
    bps: "Dropped, bit/s",
    pps: "Dropped, packets/s",
    bytes: "Dropped, bytes",
    pkts: "Dropped, packets",
    told: "Last told",
    kind: "Kind",
    mitigation: "Mitigation",
    provider: "Provider",
    at: "Time",
  },
  seconds: (count: number): string => `${count} s`,
  faultText: (code: string, message: string): string => `${code}: ${message}`,
  statusText: (status: number | null, text: string | null): string =>
    status === null ? "none" : `${status} ${text ?? ""}`,
  beats: (sent: number, received: number, missed: number): string =>
    `${sent} / ${received} / ${missed}`,

  /** What a provider is asked for, in words. */
  scope: {
    prefixes: "Addresses",
    ports: "Ports",
    protocols: "Protocols",
    names: "Names",
    uris: "Links",
    allPorts: "all",
    allProtocols: "all",
    range: (lower: number, upper: number): string => `${lower}–${upper}`,
    protocol: (number: number): string => `protocol ${number}`,
    protocolNames: { 1: "ICMP", 6: "TCP", 17: "UDP", 58: "ICMPv6", 132: "SCTP" },
  },

  lost: {
    note: (sentence: string, time: string): string =>
      `${sentence}. This is what was known at ${time}.`,
    known: (time: string): string => `This is what was known at ${time}.`,
    waiting: "Nothing can be sent until the agent is back. This page waits for it.",
  },

  broken: {
    title: "This page has a fault",
    text: "Something in this page went wrong. Your agent and your provider are not affected: what was asked for goes on.",
    reload: "Reload the page",
  },
  unknownPage: {
    title: "There is no such page",
    text: "The address of this page leads nowhere.",
    home: "Go to Home",
  },
} as const;
