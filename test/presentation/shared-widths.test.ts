import { expect, it } from 'vitest';
import { sharedWidths } from '../../source/presentation/shared-widths.ts';

it.each([
  [
    'a text that is cut gets the free columns before others grow',
    [
      [10, 1, 18],
      [10, 4, 5],
    ],
    8,
    [18, 10],
  ],
  [
    'what no text needs is shared',
    [
      [10, 1, 12],
      [10, 1, 5],
    ],
    6,
    [14, 12],
  ],
  [
    'texts that are all cut share by weight',
    [
      [10, 1, 99],
      [10, 3, 99],
    ],
    8,
    [12, 16],
  ],
  [
    'one that needs little leaves the rest to the others',
    [
      [10, 5, 11],
      [10, 1, 99],
    ],
    8,
    [11, 17],
  ],
  [
    'a column that does not grow keeps its width',
    [
      [10, 0, 99],
      [10, 1, 0],
    ],
    4,
    [10, 14],
  ],
])('%s', (_, columns, free, widths) => {
  const sharing = columns.map(([width = 0, grow = 0, need = 0]) => ({ width, need, ...(grow > 0 && { grow }) }));
  expect(sharedWidths(sharing, free)).toEqual(widths);
});

it('gives what no text needs to a bar first, up to what that can use', () => {
  const columns = [
    { width: 10, grow: 4, need: 14 },
    { width: 8, grow: 1, need: 0, fills: 20 },
  ];
  expect([3, 10, 16, 26].map((free) => sharedWidths(columns, free))).toEqual([
    [13, 8],
    [14, 14],
    [14, 20],
    [22, 22],
  ]);
});
