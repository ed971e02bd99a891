/** The activity log. */
export const activity = {
  page: "Activity",
  lead: "What happened, newest first.",
  none: "Nothing has happened yet.",
  older: "Load older entries",
  end: "This is the beginning of the log.",
  severities: { info: "Information", good: "Good", warn: "Warning", bad: "Problem" },
} as const;
