/** Providers: the list, adding, testing, removing. */
export const providers = {
  page: "Providers",
  lead: "A provider filters attack traffic before it reaches your line.",
  none: "You have no provider yet.",
  add: "Add a provider",
  addPractice: "Add the practice provider",
  practiceHint:
    "Runs on this computer. Everything works as with a real one, and nothing real is filtered.",
  practiceOffer: "Try it without a provider",

  states: {
    connecting: "Connecting",
    active: "Listening",
    degraded: "Does not answer",
    down: "Not connected",
    missing: "Missed heartbeats",
    unknown: "Not known",
  },

  form: {
    title: "Add a provider",
    lead: "Your provider gives you all of this when you order its protection.",
    name: "Name",
    nameHint: "What you call it",
    server: "Server",
    serverHint: "Such as dots.example.net or dots.example.net:4646",
    kind: "How your provider knows you",
    kinds: { psk: "By a key", certificate: "By a certificate" },
    identity: "Identity",
    identityHint: "The name that goes with the key",
    key: "Key",
    keyHint: "As your provider gave it: text, or hex: or base64: and the key",
    certificate: "Certificate",
    certificateHint: "The file with your certificate, such as office.pem",
    privateKey: "Private key",
    privateKeyHint: "The file with the key of your certificate, such as office.key",
    ca: "Your provider's CA",
    caHint: "The file by which your provider's own certificate is believed",
    serverName: "Name in the server's certificate",
    serverNameHint: "Only where it is not the server's own name",
    legacy: "My provider's certificates are of an older kind",
    legacyHint: "Only if your provider says so: less is asked of its certificate then",
    showKey: "Show the key",
    hideKey: "Hide the key",
    required: "This is needed.",
    tooLong: (most: number): string => `This is longer than ${most} characters.`,
    test: "Test first",
    submit: "Add",
  },

  test: {
    run: "Test",
    title: "Test of the connection",
    steps: {
      resolve: "Find the server",
      handshake: "Agree on the key",
      heartbeat: "Get an answer",
    },
    states: {
      running: "running",
      ok: "worked",
      failed: "failed",
      skipped: "Not tried",
      ahead: "not yet",
    },
    passed: "Everything works.",
    failed: "The test failed.",
  },

  /** What has to be done about our own certificate: on the provider's card, and on Home. */
  certificate: {
    expiring: (day: string): string =>
      `Your certificate is good until ${day}. Ask your provider for a new one.`,
    expired: (day: string): string =>
      `Your certificate was good until ${day}. Ask your provider for a new one.`,
  },

  remove: "Remove",
  removeTitle: (name: string): string => `Remove ${name}?`,
  removeText: "Mayday forgets the provider and erases its key. To add it again you need the key.",
  removePractice: "You can add the practice provider again at any time.",
} as const;
