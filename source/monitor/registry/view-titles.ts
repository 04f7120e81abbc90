import type { ViewId } from '../../presentation/view-id.ts';

const views: Readonly<Record<ViewId, string>> = {
  overview: 'Overview',
  workers: 'Workers',
  failures: 'Failures',
  tables: 'Tables',
  operations: 'Operations',
  activity: 'Activity',
};

export function viewTitle(view: ViewId): string {
  return views[view];
}
