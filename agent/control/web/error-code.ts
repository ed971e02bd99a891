/** The code of a fault that Node or a library threw; its class where it has none. */
export function codeOf(fault: unknown): string {
  if (!(fault instanceof Error)) return String(fault);
  return "code" in fault ? String(fault.code) : fault.name;
}
