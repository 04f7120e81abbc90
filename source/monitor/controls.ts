import type { Action } from '../domain/transitions.ts';
import type { Edit } from '../presentation/text-field.ts';
import type { ViewId } from '../presentation/view-id.ts';

export type Motion = 'down' | 'up' | 'first' | 'last' | 'page-down' | 'page-up' | 'half-down' | 'half-up';

/** The methods of a running monitor that the registry's commands call. */
export interface Controls {
  act(action: Action): void;
  confirm(): void;
  editReason(): void;
  undo(): void;
  move(motion: Motion): void;
  open(): void;
  editFilter(): void;
  editSince(): void;
  applyFilter(): void;
  edit(edit: Edit): void;
  sort(): void;
  reverse(): void;
  view(view: ViewId): void;
  cycleView(by: 1 | -1): void;
  back(): void;
  freeze(): void;
  pollMoreOften(): void;
  pollLessOften(): void;
  refresh(): void;
  help(): void;
  redraw(): void;
  suspend(): void;
  quit(): void;
}
