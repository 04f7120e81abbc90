import { viewIds } from '../../presentation/view-id.ts';
import { applyLabel } from '../apply-label.ts';
import { type Command, scopes } from '../command.ts';
import { changeInterval, longerInterval, shorterInterval } from '../poll-interval.ts';
import { whyNoApply, whyNotBack, whyNoUnresolved } from '../reasons.ts';
import { whyNoDetail } from '../selected-reasons.ts';
import { lists, look } from './entries.ts';
import { namedKeys } from './named-keys.ts';
import { viewTitle } from './view-titles.ts';

/** The commands that show something else of the table. */
export const looking: readonly Command[] = [
  look({
    id: 'open',
    searchWords: 'detail show error queries',
    keys: namedKeys.open,
    scopes: ['list'],
    label: 'detail',
    footer: 'shown',
    help: "Open an operation, or a table's operations",
    disabledReason: whyNoDetail,
    run: (controls) => controls.open(),
  }),
  look({
    id: 'filter',
    searchWords: 'search find',
    keys: ['/'],
    scopes: ['list'],
    footer: 'shown',
    help: 'Filter all views: status:failed table:case*',
    run: (controls) => controls.editFilter(),
  }),
  look({
    id: 'apply',
    keys: ['enter'],
    scopes: ['filter', 'reason', 'since', 'until', 'accept', 'palette', 'unlock'],
    labelNow: applyLabel,
    footer: 'shown',
    help: 'Apply the text',
    disabledReason: whyNoApply,
    run: (controls) => controls.applyFilter(),
  }),
  look({
    id: 'palette',
    keys: [':'],
    scopes: lists,
    label: 'commands',
    help: 'Find a command, or go to an id: `:1684`',
    run: (controls) => controls.palette(),
  }),
  look({
    id: 'since',
    searchWords: 'restrict run newest range',
    keys: ['S'],
    scopes: lists,
    help: 'Only operations since 2h, 22:00 or an id',
    run: (controls) => controls.editSince(),
  }),
  look({
    id: 'deadline',
    searchWords: 'until eta done by',
    keys: ['D'],
    scopes: lists,
    help: 'Deadline: 06:00 or 2h',
    run: (controls) => controls.editDeadline(),
  }),
  look({
    id: 'next-unresolved',
    keys: ['n'],
    scopes: ['list'],
    help: 'The next unresolved failure',
    disabledReason: whyNoUnresolved,
    run: (controls) => controls.toUnresolved(1),
  }),
  look({
    id: 'previous-unresolved',
    keys: ['N'],
    scopes: ['list'],
    help: 'The previous unresolved failure',
    disabledReason: whyNoUnresolved,
    run: (controls) => controls.toUnresolved(-1),
  }),
  look({
    id: 'show-resolved',
    searchWords: 'accepted hidden',
    keys: ['h'],
    scopes: ['list'],
    label: 'resolved',
    help: 'Show or hide resolved and accepted failures',
    run: ({ emit, state, view }) => {
      emit(({ showsResolved }) => ({ kind: 'resolved-shown', isShown: !showsResolved }));
      if (state().view !== 'failures') view('failures');
    },
  }),
  ...viewIds.map((view, index) =>
    look({
      id: view,
      keys: [String(index + 1)],
      scopes: lists,
      help: `The ${viewTitle(view)} view`,
      run: (controls) => controls.view(view),
    }),
  ),
  look({
    id: 'next-view',
    keys: ['tab'],
    scopes: lists,
    help: 'The next view',
    run: (controls) => controls.cycleView(1),
  }),
  look({
    id: 'previous-view',
    keys: ['shift-tab'],
    scopes: lists,
    help: 'The previous view',
    run: (controls) => controls.cycleView(-1),
  }),
  look({
    id: 'back',
    searchWords: 'close cancel clear',
    keys: namedKeys.back,
    scopes,
    footer: 'shown',
    help: 'Close what is open, or clear the filter',
    disabledReason: whyNotBack,
    run: (controls) => controls.back(),
  }),
  look({
    id: 'freeze',
    searchWords: 'hold still display',
    keys: ['z'],
    scopes: lists,
    help: 'Freeze or resume the display',
    run: ({ emit }) => emit(({ frozen }) => ({ kind: frozen === null ? 'froze' : 'thawed' })),
  }),
  look({
    id: 'faster',
    searchWords: 'interval',
    keys: ['+', '='],
    scopes: lists,
    help: 'Poll more often',
    run: (controls) => changeInterval(controls, shorterInterval),
  }),
  look({
    id: 'slower',
    searchWords: 'interval',
    keys: ['-'],
    scopes: lists,
    help: 'Poll less often',
    run: (controls) => changeInterval(controls, longerInterval),
  }),
  look({
    id: 'refresh',
    searchWords: 'reload update',
    keys: ['ctrl-r'],
    scopes: lists,
    help: 'Poll now',
    run: (controls) => controls.refresh(),
  }),
];
