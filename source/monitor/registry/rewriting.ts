import { isLive } from '../../domain/operation.ts';
import type { Command } from '../command.ts';
import { whyNoResults, whyNoSize, whyNoTakeOver, whyNoTypedSize } from '../reasons.ts';
import { hasStalled, knownTakeOver } from '../taking-over.ts';
import { selectedOperation } from '../views.ts';
import { always, lists, look, whyNothingLeft } from './entries.ts';

/** The commands that change other columns than the status, and those of the list of results. */
export const rewriting: readonly Command[] = [
  {
    id: 'take-over',
    searchWords: 'requeue dead worker',
    keys: ['t'],
    scopes: lists,
    label: 'take over',
    footer: 'shown',
    isOffered(state) {
      const operation = selectedOperation(state);
      if (operation === null || !isLive(operation.status)) return false;
      const known = knownTakeOver(state, operation)?.kind;
      // Also where only the operator can know it, of an operation that has stalled.
      return known === 'dead' || (known === 'unproven' && hasStalled(state, operation));
    },
    help: "Take over a dead worker's operation",
    group: 'Act',
    writes: true,
    disabledReason: whyNoTakeOver,
    run: (controls) => controls.takeOver(),
  },
  {
    id: 'batch-size',
    keys: ['b'],
    scopes: lists,
    label: 'batch size',
    footer: 'hidden',
    help: 'Change the batch size of an operation',
    group: 'Act',
    writes: true,
    disabledReason: whyNoSize,
    run: (controls) => controls.batchSize(),
  },
  {
    id: 'apply-size',
    keys: ['enter'],
    scopes: ['size'],
    label: 'set',
    footer: 'shown',
    help: 'Set the batch size',
    group: 'Act',
    writes: true,
    disabledReason: (state) => whyNothingLeft(state) ?? whyNoTypedSize(state),
    run: (controls) => controls.applyBatchSize(),
  },
  look({
    id: 'results',
    searchWords: 'outcome list',
    keys: ['v'],
    scopes: lists,
    help: 'List the results of the last action on many',
    disabledReason: whyNoResults,
    run: (controls) => controls.showResults(),
  }),
  look({
    id: 'filter-results',
    keys: ['v'],
    scopes: ['results'],
    label: 'trouble only',
    footer: 'shown',
    help: 'Show only rows with trouble, or all',
    disabledReason: always,
    run: (controls) => controls.filterResults(),
  }),
  look({
    id: 'open-result',
    keys: ['enter'],
    scopes: ['results'],
    label: 'open',
    footer: 'shown',
    help: 'Open this operation',
    disabledReason: always,
    run: (controls) => controls.openResult(),
  }),
];
