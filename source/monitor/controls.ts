import type { Action } from '../domain/transitions.ts';
import type { Edit } from '../presentation/text-field.ts';
import type { Toast } from '../presentation/toast.ts';
import type { ViewId } from '../presentation/view-id.ts';
import type { CopyPart } from './copy-part.ts';
import type { MonitorEvent } from './event.ts';
import type { Motion } from './motion.ts';
import type { MonitorState } from './state.ts';

/** The methods of a running monitor that the registry's commands call. */
export interface Controls {
  /** For handlers in the registry: the state, its change, a message to the operator, and a poll at once. */
  state(): MonitorState;
  emit(event: (state: MonitorState) => MonitorEvent): void;
  toast(tone: Toast['tone'], text: string): void;
  pollNow(): void;
  act(action: Action): void;
  retry(): void;
  /** Takes a dead worker's operation into the queue. */
  takeOver(): void;
  /** Opens the field for another batch size. */
  batchSize(): void;
  applyBatchSize(): void;
  /** Opens the list of what the last action on many did to each row. */
  showResults(): void;
  /** Lists all rows of it, or only those that were not changed. */
  filterResults(): void;
  /** Opens the operation under the cursor of that list. */
  openResult(): void;
  pauseAll(): void;
  mark(): void;
  markAll(): void;
  unmarkAll(): void;
  confirm(): void;
  confirmBulk(): void;
  /** Puts the last reason into the field. */
  lastReason(): void;
  /** Goes to the other field of a dialog. */
  switchPart(): void;
  /** Stops an action on many, else quits. */
  leave(): void;
  editReason(): void;
  /** Opens the field for the note with which failures are accepted. */
  acceptFailure(): void;
  undo(): void;
  move(motion: Motion): void;
  open(): void;
  editFilter(): void;
  editSince(): void;
  editDeadline(): void;
  applyFilter(): void;
  edit(edit: Edit): void;
  /** Shows an earlier (1) or a later (-1) filter of the history in the field. */
  recall(by: 1 | -1): void;
  /** Takes the next or the previous candidate for what is typed. */
  complete(by: 1 | -1): void;
  palette(): void;
  /** Moves the choice in the palette. */
  choose(by: 1 | -1): void;
  /** Shows the operation with this id in the Operations view. */
  goTo(id: number): void;
  addReason(): void;
  copy(): void;
  copyPart(part: CopyPart): void;
  editSearch(): void;
  applySearch(): void;
  nextMatch(by: 1 | -1): void;
  /** Moves the cursor to the next or previous unresolved failure. */
  toUnresolved(by: 1 | -1): void;
  sort(): void;
  sortBy(name: string): void;
  reverse(): void;
  view(view: ViewId): void;
  cycleView(by: 1 | -1): void;
  back(): void;
  refresh(): void;
  help(): void;
  redraw(): void;
  suspend(): void;
  /** Opens the field that unlocks a production target, or locks it. */
  unlock(): void;
  /** Shows the targets to choose from. */
  changeTarget(): void;
  /** Runs a command of the configuration file on what is selected. */
  runCustom(name: string): void;
  quit(): void;
}
