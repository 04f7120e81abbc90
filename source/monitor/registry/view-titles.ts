import type { ViewId } from '../../presentation/view-id.ts';

const views: Readonly<Record<ViewId, string>> = {
  overview: 'Overview',
  workers: 'Workers',
  failures: 'Failures',
  tables: 'Tables',
  operations: 'Operations',
  activity: 'Activity',
};

/** The name of a view, as its tab has it. */
export function viewTitle(view: ViewId): string {
  return views[view];
}
