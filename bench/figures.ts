/** The ten figures of docs/performance.md, and the gain and cost of the optional indexes. */
export const figureNames = ['1', '2', '3', '4', '5', '6', '7', '8', '9', '10', 'indexes'] as const;

export type FigureName = (typeof figureNames)[number];
