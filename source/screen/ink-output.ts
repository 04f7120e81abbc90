import InkOutput from '../../node_modules/ink/build/output.js';

type Write = Parameters<InkOutput['write']>;

/**
 * What Ink puts a frame together in; the build puts this one in the place of Ink's own. Ink takes every row apart into
 * its characters, to lay those of one text over those of another. A frame that is one text from edge to edge, as it is
 * but for the help, has nothing to lay over: its rows are taken as they are, at a tenth of the cost.
 */
export default class Output extends InkOutput {
  #first: Write | null = null;
  #isOneText = true;

  override write(...write: Write): void {
    super.write(...write);
    const [x, y] = write;
    this.#isOneText &&= this.#first === null && x === 0 && y === 0;
    this.#first = write;
  }

  override clip(...clip: Parameters<InkOutput['clip']>): void {
    super.clip(...clip);
    this.#isOneText = false;
  }

  override get(): { output: string; height: number } {
    if (!this.#isOneText || this.#first === null) return super.get();
    const [, , text, { transformers }] = this.#first;
    const rows = text
      .split('\n')
      .slice(0, this.height)
      .map((line, row) => transformers.reduce((styled, transform) => transform(styled, row), line));
    return { output: rows.join('\n') + '\n'.repeat(this.height - rows.length), height: this.height };
  }
}
