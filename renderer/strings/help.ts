/** Asking for help. */
export const help = {
  page: "Get help",
  lead: "Say what is under attack. Nothing is sent before you have seen it.",
  noProvider: {
    title: "Nobody to call yet",
    text: "Add your provider first, or practise without one.",
  },

  live: "Already asked for",

  targets: {
    title: "What is under attack?",
    typed: "Other addresses",
    typedHint:
      "One per line or separated by commas: an outside address such as 203.0.113.7 or 203.0.113.7:443, or a name.",
    practiceHint: (prefixes: string): string => `For practice, take addresses from ${prefixes}.`,
    checks: "Checked addresses",
    checking: "Checking",
    good: "Understood",
    unchecked: "Cannot be checked now",
    name: "Give it a name",
    nameOf: (target: string): string => `Name for ${target}`,
    saveName: "Save the name",
    tooMany: (most: number): string => `At most ${most} targets fit into one request.`,
    tooLong: (most: number): string => `This is longer than ${most} characters.`,
    nothing: "Choose a target or type an address.",
    bad: "Correct or remove the addresses that are marked.",
  },
  provider: { title: "Whom shall we ask?" },
  lifetime: {
    title: "For how long?",
    hint: "It renews itself until you stop it. Should this computer fail, filtering ends after this time.",
    choices: { 900: "15 minutes", 3600: "1 hour", 14400: "4 hours", 86400: "1 day" },
  },
  next: "Continue",

  confirm: {
    title: (provider: string): string => `This is what ${provider} will be asked`,
    lead: "These are your outside addresses, exactly as they will be sent.",
    warnings: "Before you ask",
    lifetime: "How long",
    asked: "Targets",
    /** Why the user is shown it anew, or what became of a try. */
    notices: {
      changed: "Your targets changed. Look again before you ask.",
      "may-have-gone-out": "It may have gone out. Asking again is safe: it stays one request.",
    },
    send: (provider: string): string => `Ask ${provider} for help`,
  },

  request: {
    title: "Your request",
    gone: "This request is no longer known",
    goneText: "It may have been removed together with its provider.",
    another: "Ask for more",
  },
} as const;
