import type { Reason } from './command.ts';
import type { CopyPart } from './copy-part.ts';
import { namedKey } from './registry/named-keys.ts';
import { noneSelected } from './selected-reasons.ts';
import type { MonitorState } from './state.ts';
import { selectedOperation, selectedRow } from './views.ts';

/** Why nothing can be copied, or null. */
export function whyNoCopy(state: MonitorState): Reason | null {
  const isRead = state.overlay.kind === 'detail' && state.overlay.detail !== null;
  const isKind = state.overlay.kind === 'none' && selectedRow(state)?.kind === 'kind';
  if (isKind) return null;
  if (state.connection.kind === 'lost' && !isRead)
    return { kind: 'not-connected', short: 'not connected', text: 'cannot copy: not connected' };
  if (selectedOperation(state) !== null) return null;
  return noneSelected(state, 'copy');
}

/** Why the detail cannot be searched: it has not been read. */
export function whyNoSearch({ overlay }: MonitorState): Reason | null {
  if (overlay.kind === 'detail' && overlay.detail !== null) return null;
  return { kind: 'nothing', short: 'not read yet', text: 'cannot search: the operation has not been read yet' };
}

/** Why there is no next match: nothing was searched. */
export function whyNoMatch(state: MonitorState): Reason | null {
  const { overlay } = state;
  if (overlay.kind === 'detail' && (overlay.search ?? '') !== '') return null;
  return {
    kind: 'nothing',
    short: 'nothing searched',
    text: `nothing searched yet: ${namedKey(state, 'search')} searches the detail`,
  };
}

/** Why a part cannot be copied: the operation does not have it. */
export function whyNoPart({ overlay }: MonitorState, part: CopyPart): Reason | null {
  if (overlay.kind !== 'copy') return null;
  const { errorMessage, sourceQuery, validationQuery } = overlay.operation;
  const texts: Partial<Record<CopyPart, { readonly name: string; readonly text: string | null }>> = {
    error: { name: 'error', text: errorMessage },
    'source-query': { name: 'source query', text: sourceQuery },
    'validation-query': { name: 'validation query', text: validationQuery },
  };
  const found = texts[part];
  if (found === undefined || (found.text !== null && found.text !== '')) return null;
  return { kind: 'nothing', short: 'it has none', text: `cannot copy: the operation has no ${found.name}` };
}
