import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  bodyRows,
  detailColumns,
  dockedFrom,
  isTooSmall,
  listColumns,
  listRows,
  overlayRows,
  overviewRows,
  sideBySideFrom,
  topFor,
} from '../../source/presentation/layout.ts';
import { viewIds } from '../../source/presentation/view-id.ts';

const window = fc.record({ columns: fc.integer({ min: 60, max: 400 }), rows: fc.integer({ min: 15, max: 200 }) });

describe('a window', () => {
  it('is too small below 60 columns or 15 rows', () => {
    expect(isTooSmall({ columns: 60, rows: 15 })).toBe(false);
    expect(isTooSmall({ columns: 59, rows: 50 })).toBe(true);
    expect(isTooSmall({ columns: 200, rows: 14 })).toBe(true);
  });

  it('has no body if it is tiny', () => {
    expect(bodyRows({ columns: 0, rows: 0 })).toBe(0);
    expect(bodyRows({ columns: 80, rows: 24 })).toBe(18);
  });

  it('has room for a docked detail if it is wide', () => {
    expect(listColumns('workers', { columns: dockedFrom - 1, rows: 50 })).toBe(dockedFrom - 1);
    expect(listColumns('workers', { columns: dockedFrom, rows: 50 })).toBeLessThan(dockedFrom);
    expect(listColumns('workers', { columns: dockedFrom, rows: 50 })).toBeGreaterThan(80);
  });

  it('puts the parts of the detail side by side only if both fit', () => {
    fc.assert(
      fc.property(window, (size) => {
        const columns = detailColumns(size);
        expect(columns * (size.columns >= sideBySideFrom ? 2 : 1)).toBeLessThanOrEqual(size.columns);
        expect(columns).toBeGreaterThanOrEqual(60);
      }),
    );
  });

  it('shows at least a row of every list and text, and never more than its body', () => {
    fc.assert(
      fc.property(window, fc.constantFrom(...viewIds), (size, view) => {
        for (const rows of [listRows(view, size), overlayRows('detail', size), overlayRows('help', size)]) {
          expect(rows).toBeGreaterThanOrEqual(1);
          expect(rows).toBeLessThan(bodyRows(size));
        }
      }),
    );
  });
});

describe('the overview', () => {
  it('fills the body exactly from the design size on', () => {
    fc.assert(
      fc.property(
        fc.record({ columns: fc.integer({ min: 80, max: 400 }), rows: fc.integer({ min: 24, max: 200 }) }),
        (size) => {
          const { phases, workers, failures } = overviewRows(size);
          expect(phases + workers + failures).toBe(bodyRows(size));
          expect(workers).toBeGreaterThan(failures);
        },
      ),
    );
  });

  it('is never higher than the body, down to the smallest window', () => {
    fc.assert(
      fc.property(window, (size) => {
        const { phases, workers, failures } = overviewRows(size);
        expect(phases + workers + failures).toBeLessThanOrEqual(bodyRows(size));
      }),
    );
  });

  it('shows all six phases, a worker and a failure at the design size', () => {
    const { phases, workers, failures } = overviewRows({ columns: 80, rows: 24 });
    expect(phases).toBe(7);
    expect(workers).toBeGreaterThanOrEqual(3);
    expect(failures).toBeGreaterThanOrEqual(3);
  });
});

describe('an overview with more kinds of failure than usual', () => {
  const design = { columns: 80, rows: 24 };

  it('gives them the rows that the live operations leave empty', () => {
    expect(overviewRows(design, { live: 3, kinds: 4 })).toEqual({ phases: 7, workers: 6, failures: 5 });
    expect(overviewRows(design, { live: 0, kinds: 9 })).toEqual({ phases: 7, workers: 3, failures: 8 });
  });

  it('takes no row from the live operations', () => {
    const usual = overviewRows(design);
    expect(overviewRows(design, { live: 30, kinds: 9 })).toEqual(usual);
    expect(overviewRows(design, { live: 5, kinds: 9 })).toEqual(usual);
    expect(overviewRows({ columns: 60, rows: 15 }, { live: 0, kinds: 9 })).toEqual(
      overviewRows({ columns: 60, rows: 15 }),
    );
  });
});

describe('scrolling', () => {
  const list = fc
    .record({ allRows: fc.integer({ min: 1, max: 5000 }), shownRows: fc.integer({ min: 1, max: 100 }) })
    .chain((sizes) =>
      fc.record({
        allRows: fc.constant(sizes.allRows),
        shownRows: fc.constant(sizes.shownRows),
        index: fc.integer({ min: 0, max: sizes.allRows - 1 }),
        top: fc.integer({ min: -10, max: 6000 }),
      }),
    );

  it('keeps the cursor in the window, and leaves no blank rows below the last row', () => {
    fc.assert(
      fc.property(list, ({ top, index, shownRows, allRows }) => {
        const shown = topFor(top, index, shownRows, allRows);
        expect(shown).toBeGreaterThanOrEqual(0);
        expect(shown).toBeLessThanOrEqual(index);
        expect(shown + shownRows).toBeGreaterThan(index);
        if (allRows >= shownRows) expect(shown + shownRows).toBeLessThanOrEqual(allRows);
        else expect(shown).toBe(0);
      }),
      { numRuns: 1000 },
    );
  });

  it('does not move while the cursor stays in the window', () => {
    expect(topFor(10, 10, 5, 100)).toBe(10);
    expect(topFor(10, 14, 5, 100)).toBe(10);
    expect(topFor(10, 15, 5, 100)).toBe(11);
    expect(topFor(10, 9, 5, 100)).toBe(9);
  });

  it('starts at the top of an empty list', () => {
    expect(topFor(7, 0, 10, 0)).toBe(0);
  });
});
