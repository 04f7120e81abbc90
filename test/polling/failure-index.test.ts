import { describe, expect, it } from 'vitest';
import type { Operation } from '../../source/domain/operation.ts';
import { createFailureIndex, type FailureIndex } from '../../source/polling/failure-index.ts';
import { createLedger } from '../../source/polling/ledger.ts';
import type { Ledger } from '../../source/polling/ledger-interface.ts';
import { usualLimits } from '../../source/polling/ledger-limits.ts';
import { operation } from '../domain/build.ts';
import { type FakeDatabase, fakeDatabase, insertRow, step, updateRow, workOff } from '../support/fake-database.ts';

interface Watched {
  readonly database: FakeDatabase;
  readonly ledger: Ledger;
  readonly index: FailureIndex;
}

const failedRow = (database: FakeDatabase): Operation => {
  const id = database.nextId();
  return operation({
    id,
    status: 'failed',
    startedAt: 100 * id,
    completedAt: 100 * id + 10,
    errorMessage: `no parent ${id}`,
  });
};

/** A table of twenty failures; a poll lists six of them. */
function watched(): Watched {
  const database = fakeDatabase();
  for (let failures = 0; failures < 20; failures++) insertRow(database, failedRow(database));
  const made = {
    database,
    ledger: createLedger({ ...usualLimits, maxListed: 6, lateIds: 2 }),
    index: createFailureIndex(),
  };
  poll(made);
  work(made);
  poll(made);
  return made;
}

function poll({ database, ledger, index }: Watched): void {
  database.now += 1;
  step(ledger, database);
  workOff(ledger, database);
  index.take(ledger.snapshot());
}

/** Works off the readings of the index as it is now. @param meanwhile changes the table before the listing */
function work({ database, ledger, index }: Watched, meanwhile: () => void = () => {}): void {
  for (let reading = index.next(); reading !== null; reading = index.next()) {
    if (reading.kind === 'failed') {
      meanwhile();
      const rows = [...database.rows.values()].filter(({ status }) => status === 'failed');
      const listed = rows.sort((a, b) => a.id - b.id);
      ledger.dropFailed(index.takeListed(listed, null));
    } else if (reading.kind === 'attempts') {
      const { ids } = reading;
      index.takeAttempts(
        ids,
        ids.flatMap((id) => database.rows.get(id) ?? []),
      );
    } else expect.fail(`a reading of the kind ${reading.kind}`);
  }
}

function remove(database: FakeDatabase, id: number): void {
  const transaction = database.begin();
  transaction.remove(id);
  transaction.commit();
}

const shown = ({ ledger, index }: Watched) => {
  const { isWhole, failed, unresolved } = index.triage();
  const listed = ledger.snapshot().failures.map(({ id }) => id);
  return { isWhole, failed, unresolved, listed };
};

describe('more failures than a poll lists', () => {
  it.each([
    ['one that it lists', 20, [19, 18, 17, 16, 15]],
    ['another one', 3, [20, 19, 18, 17, 16, 15]],
  ])('are known again after the next listing if somebody deletes %s', (_, id, listed) => {
    const made = watched();
    expect(shown(made)).toEqual({ isWhole: true, failed: 20, unresolved: 20, listed: [20, 19, 18, 17, 16, 15] });
    remove(made.database, id);
    poll(made);
    expect(shown(made).isWhole).toBe(false);
    made.database.now += 10;
    poll(made);
    work(made);
    for (let polls = 0; polls < 3; polls++) {
      poll(made);
      expect(shown(made)).toMatchObject({ isWhole: true, failed: 19, unresolved: 19 });
    }
    expect(shown(made).listed).toEqual(listed);
  });

  it.each([
    ['fail', (database: FakeDatabase) => void insertRow(database, failedRow(database)), 20],
    ['are deleted', (database: FakeDatabase) => remove(database, 2), 18],
  ])('are known at the next poll if others %s between a poll and the listing', (_, change, failed) => {
    const made = watched();
    remove(made.database, 3);
    made.database.now += 10;
    poll(made);
    work(made, () => change(made.database));
    poll(made);
    expect(shown(made)).toMatchObject({ isWhole: true, failed, unresolved: failed });
  });
});

describe('a write to a resolved failure', () => {
  const sourceQuery = 'SELECT * FROM legacy.cases ORDER BY id LIMIT 50 OFFSET 100';

  function resolved(): { readonly made: Watched; readonly id: number } {
    const made = watched();
    const id = insertRow(made.database, { ...failedRow(made.database), sourceQuery });
    const attempt = { sourceQuery, startedAt: 5000, completedAt: 5010, errorMessage: null } as const;
    insertRow(made.database, { ...failedRow(made.database), ...attempt, status: 'completed' });
    poll(made);
    work(made);
    poll(made);
    expect(shown(made)).toMatchObject({ failed: 21, unresolved: 20 });
    return { made, id };
  }

  it('leaves it resolved at the next poll', () => {
    const { made, id } = resolved();
    updateRow(made.database, id, { workerId: 9 });
    poll(made);
    expect(shown(made)).toMatchObject({ failed: 21, unresolved: 20 });
    work(made);
    expect(shown(made)).toMatchObject({ failed: 21, unresolved: 20 });
  });

  it('makes it unresolved at once if it failed again later', () => {
    const { made, id } = resolved();
    updateRow(made.database, id, { completedAt: 6000 });
    poll(made);
    expect(shown(made)).toMatchObject({ failed: 21, unresolved: 21 });
  });
});
