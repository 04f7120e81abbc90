/** The seven figures of the README, and what the optional indexes gain and cost. */
export const figureNames = ['1', '2', '3', '4', '5', '6', '7', 'indexes'] as const;

export type FigureName = (typeof figureNames)[number];
