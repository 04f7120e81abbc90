/** The line above the keys: the result of an action, or an event. */
export interface Toast {
  readonly tone: 'good' | 'bad' | 'news';
  readonly text: string;
  readonly atMs: number;
  /** A write whose end is not known: nothing else may take its place unseen. */
  readonly unsettled?: true;
  /** The result of a key that the operator has pressed, or what became of it. */
  readonly own?: true;
  /** How many rows it says were removed: they are found id range by id range, over several polls. */
  readonly removed?: number;
}
