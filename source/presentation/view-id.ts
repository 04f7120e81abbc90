/** The views, in the order of their keys. */
export const viewIds = ['overview', 'workers', 'failures', 'tables', 'operations', 'activity'] as const;
export type ViewId = (typeof viewIds)[number];
