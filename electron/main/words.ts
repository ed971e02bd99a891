/** What the desktop shell says by itself. All other words are the interface's, in renderer/strings. */
export const words = {
  product: "Mayday",

  notices: {
    accepted: (provider: string): string => `${provider} is preparing to filter`,
    filtering: (provider: string): string => `${provider} is filtering`,
    "attack-over": (provider: string): string => `${provider} says that the attack is over`,
    refused: (provider: string): string => `${provider} refused`,
    terminated: (provider: string): string => `${provider} ended the filtering`,
    expired: (provider: string): string => `${provider} no longer filters: the time ran out`,
    lost: (provider: string): string => `${provider} does not answer any more`,
    lostBody: "Mayday keeps trying. What is being filtered goes on.",
    back: (provider: string): string => `${provider} answers again`,
    backBody: "Help can be asked for.",
    stays: "Mayday goes on in the background",
    staysBody: "Open it again by its icon. Quit, in the icon's menu, ends it.",
  },

  tray: {
    open: "Open Mayday",
    getHelp: "Get help…",
    quit: "Quit Mayday",
  },

  menu: {
    file: "File",
    close: "Close the window",
    quit: "Quit",
  },

  quit: {
    message: "Quit while help is active?",
    detail: (targets: string): string =>
      `Help for ${targets} is then no longer renewed or watched. It ends when its time runs out.`,
    confirm: "Quit",
    keep: "Keep running",
  },

  /** "a", "a and b", "a, b and 2 more" */
  list: (names: readonly string[]): string => {
    const [first = "", second = "", ...more] = names;
    if (names.length < 2) return first;
    return more.length === 0
      ? `${first} and ${second}`
      : `${first}, ${second} and ${more.length} more`;
  },
  quoted: (targets: string, said: string): string => `${targets}: “${said}”`,
} as const;
