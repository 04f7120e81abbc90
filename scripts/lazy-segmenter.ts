const { Segmenter } = Intl;

/** An Intl.Segmenter that is made when something is to be segmented: the first one has to read the rules of all scripts. */
export class LazySegmenter {
  readonly #options: ConstructorParameters<typeof Segmenter>;
  #made: Intl.Segmenter | undefined;

  constructor(...options: ConstructorParameters<typeof Segmenter>) {
    this.#options = options;
  }

  segment(text: string): Intl.Segments {
    this.#made ??= new Segmenter(...this.#options);
    return this.#made.segment(text);
  }
}
