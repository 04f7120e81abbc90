/** The states that `migtop wait` waits for. */
export const goals = ['done', 'idle', 'failed'] as const;
export type Goal = (typeof goals)[number];

/** The formats of `migtop export`. */
export const exportFormats = ['csv', 'ndjson'] as const;
export type ExportFormat = (typeof exportFormats)[number];
