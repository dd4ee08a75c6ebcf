/** The mark of figures that were played back from a recording, not measured. */

/** Whether any of these domains or reports was played back. */
export function isReplayed(
  flagged: Iterable<{ readonly flags?: readonly string[] }>
): boolean {
  return Array.from(flagged).some(({ flags }) => flags?.includes('replayed'));
}
