// In a separate file: the program needs it for any error, and loads nothing for it.

/** The line of a check that failed. */
export function unknownLine(problem: string): string {
  return `MIGTOP UNKNOWN: ${withoutBars(problem)}`;
}

/** A bar would begin the performance data of a monitoring plugin. */
export function withoutBars(text: string): string {
  return text.replaceAll('|', '/').replaceAll('–', '-');
}
