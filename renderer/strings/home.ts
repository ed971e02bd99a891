/** The one state of Home, and its cards. */
export const home = {
  /** What a situation's buttons say. */
  actions: {
    "find-provider": "Add my provider",
    "try-practice": "Try it with a practice provider",
    "set-up-real": "Set up a real provider",
    "get-help": "Get help now",
    "get-help-anyway": "Get help anyway",
    "get-help-again": "Get help again",
    "practise-help": "Practise getting help",
    "choose-other-targets": "Choose other targets",
    diagnose: "Diagnose",
    cancel: "Cancel the request",
    stop: "Stop",
    "put-aside": "Understood",
    reload: "Reload the page",
  },

  connecting: {
    sentence: "Looking for Mayday's agent",
    detail: "The agent is the part of Mayday that talks to your provider.",
  },
  noAgent: {
    sentence: "Mayday's agent is not running",
    since: (time: string, ago: string): string => `Lost at ${time}, ${ago}`,
    retry: "This page tries again by itself",
    goesOn: "What your provider already filters goes on until its time runs out",
    howTo: "To start it by hand, run this in a terminal:",
    command: "mayday agent run",
  },
  signedOut: {
    sentence: "This page needs a new link",
    detail: "The agent is running, but the link with which this page was opened is too old.",
    howTo: "To get a new link, run this in a terminal:",
    command: "mayday console",
  },
  otherVersion: {
    sentence: "Mayday's agent has another version than this page",
    detail: "Reload the page to get the agent's own.",
  },

  notSetUp: {
    sentence: "Nobody to call yet",
    detail: "Add the provider that protects your line, or try everything without one.",
  },
  welcome: {
    title: "How it works",
    steps: [
      {
        title: "Add your provider",
        text: "It gives you a server, an identity and a key. Mayday stays in touch with it from then on.",
      },
      {
        title: "Name what matters",
        text: "Your web shop, your mail, your telephone: whatever must stay reachable.",
      },
      {
        title: "Ask for help",
        text: "During an attack, one button. Your provider filters before your line is full.",
      },
    ],
  },
  ready: {
    sentence: (provider: string): string => `Ready. ${provider} is listening`,
    sentenceMany: (providers: string): string => `Ready. ${providers} are listening`,
    lastHeartbeat: (ago: string): string => `Last heartbeat ${ago}`,
    noHeartbeat: "The first heartbeat is on its way",
    targets: (list: string): string => `You can ask for ${list}`,
  },
  practice: {
    sentence: "Practice: nothing real is filtered",
    detail: (provider: string): string => `${provider} is listening`,
  },
  joining: {
    sentence: (provider: string): string => `Connecting to ${provider}`,
    since: (ago: string): string => `Began ${ago}`,
  },

  degraded: {
    noAnswer: (provider: string, forTime: string | undefined): string =>
      forTime === undefined
        ? `${provider} does not answer. Trying again`
        : `${provider} has not answered for ${forTime}. Trying again`,
    missed: (provider: string, count: number): string =>
      count === 1
        ? `${provider} did not answer the last heartbeat`
        : `${provider} did not answer the last ${count} heartbeats`,
    missedDetail: "The line may be busy; Mayday keeps trying",
    /** By the session's fault. */
    faults: {
      "name-not-found": (provider: string): string => `The server of ${provider} cannot be found`,
      unreachable: (provider: string): string => `${provider} cannot be reached. Trying again`,
      "key-refused": (provider: string): string => `${provider} does not accept your key`,
      silent: undefined,
      closed: (provider: string): string => `${provider} ended the connection. Trying again`,
      "not-dots": (provider: string): string =>
        `The server of ${provider} gives no sensible answer`,
      internal: (provider: string): string => `Mayday has a fault of its own with ${provider}`,
    },
    faultDetails: {
      "name-not-found": "Check the server's name, and whether your own line works",
      unreachable: "Your line, or the provider's server, may be down",
      "key-refused": "Compare the identity and the key with what your provider gave you",
      silent: "Your line may be full, or the provider's server may be down",
      closed: "This can happen when the provider restarts its server",
      "not-dots": "Check the server's address: something else answers there",
      internal: "What happened is in Activity",
    },
    lastAnswer: (time: string, ago: string): string => `Last answer at ${time}, ${ago}`,
    since: (time: string, ago: string): string => `Since ${time}, ${ago}`,
    nextTry: (forTime: string): string => `Next try in ${forTime}`,
    tryingNow: "Trying now",
  },

  asked: {
    sentence: (provider: string): string => `Asking ${provider} for help`,
    waiting: (provider: string): string =>
      `Your request is kept. ${provider} cannot be reached yet`,
    retry: (provider: string): string => `${provider} asked to wait. Mayday asks again by itself`,
    kept: (trouble: string): string => `Your request is kept. ${trouble}`,
    awaiting: {
      session: (time: string, ago: string): string =>
        `Waiting for the connection since ${time}, ${ago}`,
      answer: (time: string, ago: string): string => `Waiting for the answer since ${time}, ${ago}`,
      retry: (time: string, ago: string): string => `Waiting to ask again since ${time}, ${ago}`,
    },
    nothingNeeded: "Mayday keeps trying; nothing is needed from you",
    keepsTrying: "Mayday keeps trying",
    callProvider: "If you are under attack now, call your provider",
    justKept: "The request is kept and on its way",
    targets: (list: string): string => `For ${list}`,
  },
  accepted: {
    sentence: (provider: string): string => `${provider} is preparing to filter`,
    detail: (ago: string): string => `Accepted ${ago}`,
  },
  filtering: {
    sentence: (provider: string, targets: string): string =>
      `${provider} is filtering traffic to ${targets}`,
    practice: (targets: string): string => `acting as if traffic to ${targets} were filtered`,
    dropped: (rate: string): string => `${rate} dropped`,
    droppedPractice: (rate: string): string => `as if ${rate} were dropped`,
    droppedThen: (rate: string, ago: string): string => `${rate} dropped, as told ${ago}`,
    noNumbers: "The provider has told no numbers yet",
    since: (forTime: string): string => `for ${forTime}`,
    renews: (inTime: string): string => `renews itself in ${inTime}`,
    renewsNow: "renews itself now",
    ends: (inTime: string): string => `ends in ${inTime} unless renewed`,
    lastKnown: (time: string, targets: string): string =>
      `When it last answered, at ${time}, it was filtering traffic to ${targets}`,
    lastAccepted: (time: string, targets: string): string =>
      `When it last answered, at ${time}, it had accepted your request for ${targets}`,
    notTold: (targets: string): string => `It has accepted your request for ${targets}`,
  },
  /** While the agent cannot be heard: nothing is said of the present. */
  lastHeard: {
    asking: (time: string, provider: string, targets: string): string =>
      `When Mayday last heard, at ${time}, ${provider} had not yet answered your request for ${targets}`,
    accepted: (time: string, provider: string, targets: string): string =>
      `When Mayday last heard, at ${time}, ${provider} had accepted your request for ${targets}`,
    filtering: (time: string, provider: string, targets: string): string =>
      `When Mayday last heard, at ${time}, ${provider} was filtering traffic to ${targets}`,
    practice: (time: string, _provider: string, targets: string): string =>
      `when Mayday last heard, at ${time}, it was acting as if traffic to ${targets} were filtered`,
    attackOver: (time: string, provider: string, targets: string): string =>
      `When Mayday last heard, at ${time}, ${provider} had said that the attack on ${targets} was over`,
    withdrawing: (time: string, provider: string, targets: string): string =>
      `When Mayday last heard, at ${time}, ${provider} had not yet confirmed the stop for ${targets}`,
    notSent: "Nothing is sent until the agent is back",
    notRenewed: "Nothing renews it until the agent is back",
    notShown: "What has happened since is not known to this page",
  },
  attackOver: {
    sentence: (provider: string): string => `${provider} says that the attack is over`,
    detail: (targets: string): string => `Help for ${targets} goes on until you stop it`,
  },
  stopping: {
    sentence: (provider: string): string => `Stopping. Waiting for ${provider} to confirm`,
    detail: "Filtering may go on until then",
  },
  refused: {
    sentence: (provider: string, words: string | undefined): string =>
      words === undefined ? `${provider} refused` : `${provider} refused: ${words}`,
    quote: (words: string): string => `“${words}”`,
    /** By the CoAP code. */
    byCode: {
      "4.00": "It does not accept what was asked for",
      "4.01": "It does not know who is asking",
      "4.03": "You may not ask for these targets",
      "4.04": "It does not know what was asked for",
      "4.09": "It conflicts with another request",
      "4.12": "It conflicts with what it holds already",
      "4.13": "The request names too much at once",
      "4.15": "It does not understand this kind of request",
      "4.22": "It cannot act on this request",
      "4.29": "It was asked too often",
      "5.00": "Its server has a fault",
      "5.01": "Its server cannot do this",
      "5.03": "It is too busy",
      "5.04": "Another server behind it does not answer",
    },
    otherCode: "It gave no reason that Mayday knows",
    /** By `conflict-cause`. */
    byConflict: {
      "overlapping-targets": "Another request for the same targets is active",
      "conflict-with-acceptlist": "It conflicts with a list of traffic that is always let through",
      "cuid-collision": "Another device uses the same name with this provider",
    },
    advice: "Choose other targets, or ask your provider to add these to your contract",
    adviceLater: "Try again later, or call your provider",
    retryAfter: (inTime: string): string => `It can be asked again in ${inTime}`,
    retryNow: "It can be asked again now",
    at: (time: string): string => `Refused at ${time}`,
  },
  ended: {
    withdrawn: (time: string): string => `Filtering ended at ${time}`,
    neverStarted: (time: string): string => `Your request was stopped at ${time}`,
    expired: (time: string): string => `Filtering ended at ${time}: its time ran out`,
    terminated: (provider: string, time: string): string =>
      `${provider} ended the filtering at ${time}`,
    removed: (time: string): string => `Filtering is no longer watched since ${time}`,
    byYou: (targets: string): string => `You stopped the help for ${targets}`,
    was: (targets: string): string => `It was for ${targets}`,
    removedDetail: "The provider was removed from this computer",
    lasted: (forTime: string): string => `It lasted ${forTime}`,
  },

  /** Only where something has to be done about it. */
  certificate: {
    expiring: (provider: string, day: string): string =>
      `Your certificate for ${provider} is good until ${day}. Ask ${provider} for a new one in time.`,
    expired: (provider: string, day: string): string =>
      `Your certificate for ${provider} was good until ${day}. Ask ${provider} for a new one.`,
  },

  others: "Also",
  otherBadge: {
    connecting: "Connecting",
    "no-agent": "No agent",
    "signed-out": "Signed out",
    "other-version": "Other version",
    "not-set-up": "Not set up",
    ready: "Ready",
    "ready-practice": "Ready",
    degraded: "No answer",
    asked: "Asked",
    accepted: "Accepted",
    filtering: "Filtering",
    "attack-over": "Attack over",
    stopping: "Stopping",
    refused: "Refused",
    ended: "Ended",
  },

  steps: {
    title: "Progress",
    kept: "Kept here",
    sent: "Sent",
    accepted: "Accepted",
    filtering: "Filtering",
    refused: "Refused",
    stopped: "Stopped",
    /** For those who cannot see the shapes. */
    states: { done: "done", waiting: "waiting", ahead: "not yet", failed: "failed" },
  },

  traffic: {
    title: (targets: string): string => `Traffic to ${targets}`,
    dropped: "dropped by your provider",
    droppedPractice: "as if dropped; this is practice",
    asTold: (ago: string): string => `as told ${ago}`,
    inAll: "were dropped by your provider in all",
    inAllPractice: "would have been dropped in all; this was practice",
    upTo: (time: string): string => `had been dropped by your provider at ${time}`,
    upToPractice: (time: string): string => `would have been dropped at ${time}; this is practice`,
    soFar: (rate: string, total: string): string => `${rate}, ${total} so far`,
    waiting: "Numbers appear here as soon as the provider tells them.",
    chartText: (last: string, highest: string, at: string): string =>
      `Dropped traffic over the time shown: last ${last}, highest ${highest} at ${at}`,
    chartFailed: "The curve cannot be drawn. The numbers above are right.",
  },

  heartbeats: {
    title: "Heartbeats",
    titleOf: (provider: string): string => `Heartbeats of ${provider}`,
    over: (forTime: string): string => `last ${forTime}`,
    summary: (answered: number, all: number): string => `${answered} of ${all} answered`,
    none: "No heartbeat has been sent yet",
    accessible: (
      provider: string,
      answered: number,
      all: number,
      rtt: string | undefined,
    ): string =>
      rtt === undefined
        ? `Heartbeats of ${provider}: ${answered} of ${all} answered`
        : `Heartbeats of ${provider}: ${answered} of ${all} answered, ${rtt}`,
    lastMissed: (ago: string): string => `last missed ${ago}`,
  },

  targets: {
    title: "Your targets",
    none: "Nothing has a name yet. A name saves typing when it matters.",
    add: "Name a target",
    removeOne: (name: string): string => `Remove ${name}`,
    addTitle: "Name a target",
    name: "Name",
    nameHint: "What you call it, such as Web shop",
    target: "Outside address",
    targetHint: "As the internet sees it, such as 203.0.113.7:443 or www.example.com",
    removeTitle: (name: string): string => `Remove ${name} from the list?`,
    removeText: "Only the name is forgotten. Help that was asked for goes on.",
  },

  stopDialog: {
    title: (targets: string): string => `Stop the help for ${targets}?`,
    text: (provider: string): string =>
      `${provider} stops filtering. If the attack goes on, its traffic reaches you again.`,
    cancelTitle: "Cancel the request?",
    textPractice: "It no longer acts as if it filtered. Nothing real changes.",
    cancelText: (provider: string): string =>
      `${provider} is told that you no longer ask for help.`,
    cancelUnsent: (provider: string): string =>
      `It has not been sent. ${provider} never hears of it.`,
    confirm: "Stop filtering",
    confirmCancel: "Cancel the request",
    keep: "Keep it",
  },
} as const;
