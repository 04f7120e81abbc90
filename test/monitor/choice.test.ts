import { describe, expect, it } from 'vitest';
import { createChoice } from '../../source/monitor/choice.ts';

interface Connecting {
  readonly name: string;
  readonly ask: (user: string) => Promise<string | null>;
  readonly end: (problem: string | null) => void;
}

function opened() {
  const connecting: Connecting[] = [];
  const choice = createChoice({
    targets: ['live', 'test'].map((name) => ({ name, place: `${name}/dispatch`, isProduction: false })),
    window: { columns: 80, rows: 24 },
    current: null,
    mayReturn: false,
    connect: (name, ask) =>
      new Promise((end) => {
        connecting.push({ name, ask, end });
      }),
    onReturn: () => {},
    onQuit: () => {},
    onRedraw: () => {},
    onSuspend: () => {},
  });
  const press = (...chords: string[]) => choice.take(chords.map((chord) => ({ kind: 'key', chord })));
  const connect = (index: number): Connecting => connecting[index] ?? expect.fail('it did not connect');
  return { choice, press, connect };
}

describe('the choice of a target', () => {
  it('asks for no password for a target that was abandoned, and gives it none', async () => {
    const { choice, press, connect } = opened();
    press('enter', 'escape', 'down', 'enter');
    expect([connect(0).name, connect(1).name]).toEqual(['live', 'test']);
    expect(await connect(0).ask('ops')).toBeNull();
    expect(choice.state()).toMatchObject({ connecting: 'test', password: null });
    const asked = connect(1).ask('ops');
    expect(choice.state().password?.user).toBe('ops');
    choice.take([{ kind: 'paste', text: 's3cret', whole: true }]);
    press('enter');
    expect(await asked).toBe('s3cret');
    connect(0).end('no such host');
    await Promise.resolve();
    expect(choice.state()).toMatchObject({ connecting: 'test', problem: null });
  });
});
