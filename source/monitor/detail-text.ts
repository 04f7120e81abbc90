import type { TextPlace } from '../database/detail.ts';
import { heldChunks, heldText, type LongText, longTexts, type TextWindow } from '../domain/long-text.ts';
import type { OperationDetail } from '../polling/control-table.ts';
import {
  type DetailExtras,
  detailDocument,
  linesAboveTexts,
  type TextSection,
} from '../presentation/detail-document.ts';
import { detailColumns, overlayRows } from '../presentation/layout.ts';
import type { Window } from '../presentation/window.ts';
import { detailExtras } from './detail-extras.ts';
import type { MonitorState } from './state.ts';

/** A wish for another window of a long text than the loaded one. */
export interface TextWish {
  readonly field: LongText;
  readonly place: TextPlace;
}

/** How many chunks a window moves at a time. */
const step = heldChunks / 2;

/**
 * The window to read so that scrolling can continue, or null where the loaded one is enough.
 *
 * @param by the direction of the scrolling; nothing is read for the other one, or two ends on the screen would replace each other in turn
 */
export function wishedText(state: MonitorState, by: number): TextWish | null {
  const { overlay, window } = state;
  if (overlay.kind !== 'detail' || overlay.detail?.windows === undefined) return null;
  const height = overlayRows('detail', window);
  const extras = detailExtras(state);
  const top = overlay.top - linesAboveTexts(detailColumns(window), extras);
  const bottom = top + height;
  for (const section of sectionsOf(overlay.detail, window, extras)) {
    const loaded = overlay.detail.windows[section.field];
    if (loaded === undefined || section.end <= top || section.start >= bottom) continue;
    if (by > 0 && loaded.hasMore && bottom + height > section.end) {
      // The lines on the screen stay in the window.
      const first = Math.min(loaded.first + step, loaded.first + chunkAt(loaded, section, top));
      if (first > loaded.first) return { field: section.field, place: first };
    }
    if (by < 0 && loaded.first > 0 && top - height < section.start)
      return { field: section.field, place: Math.max(0, loaded.first - step) };
  }
  return null;
}

/** The windows to read to show the beginning or the end of every text. */
export function wishedEnds(detail: OperationDetail | null, end: 'first' | 'last'): TextWish[] {
  return longTexts.flatMap((field): TextWish[] => {
    const loaded = detail?.windows?.[field];
    if (loaded === undefined) return [];
    if (end === 'last') return loaded.hasMore ? [{ field, place: 'end' }] : [];
    return loaded.first > 0 ? [{ field, place: 0 }] : [];
  });
}

/** The detail with another window of one of its texts. */
export function withText(detail: OperationDetail, field: LongText, window: TextWindow): OperationDetail {
  return {
    ...detail,
    operation: { ...detail.operation, [field]: heldText(window) },
    windows: { ...detail.windows, [field]: window },
  };
}

/** The first line to show after a text has got another window, so that the lines on the screen stay in their places. */
export function topAfter(
  before: OperationDetail,
  after: OperationDetail,
  top: number,
  window: Window,
  extras: DetailExtras,
): number {
  for (const section of sectionsOf(before, window, extras).toReversed()) {
    const then = before.windows?.[section.field];
    const now = after.windows?.[section.field];
    if (top < section.start || then === undefined || now === undefined || then === now) continue;
    const next = sectionsOf(after, window, extras).find(({ field }) => field === section.field);
    if (next === undefined) return top;
    if (top >= section.end) return top + next.end - section.end;
    // The chunks that both windows hold are the same text.
    const dropped = lengthOf(then.chunks.slice(0, Math.max(0, now.first - then.first)));
    const added = lengthOf(now.chunks.slice(0, Math.max(0, then.first - now.first)));
    const at = Math.max(0, (section.offsets[top - section.start] ?? 0) - dropped + added);
    const line = next.offsets.findLastIndex((offset) => offset <= at);
    return next.start + Math.max(0, line);
  }
  return top;
}

/** Keeps the loaded windows where the row was read again: a text of the same length is taken for the same text. */
export function withTextsOf(before: OperationDetail | null, after: OperationDetail): OperationDetail {
  let detail = after;
  for (const field of longTexts) {
    const then = before?.windows?.[field];
    const now = after.windows?.[field];
    if (then === undefined || now === undefined || then.first === now.first || then.bytes !== now.bytes) continue;
    detail = withText(detail, field, then);
  }
  return detail;
}

/** Where the texts are, without the lines above them. */
function sectionsOf(
  detail: OperationDetail,
  window: Window,
  { formatted, memo }: DetailExtras,
): readonly TextSection[] {
  return detailDocument(detail, detailColumns(window), { formatted, memo }).sections;
}

/** The index of the loaded chunk that a section's line is in. */
function chunkAt({ chunks }: TextWindow, section: TextSection, line: number): number {
  let rest = section.offsets[Math.max(0, line - section.start)] ?? 0;
  let chunk = 0;
  while (chunk < chunks.length - 1 && rest >= (chunks[chunk]?.length ?? 0)) {
    rest -= chunks[chunk]?.length ?? 0;
    chunk += 1;
  }
  return chunk;
}

function lengthOf(chunks: readonly string[]): number {
  return chunks.reduce((sum, chunk) => sum + chunk.length, 0);
}
