/** One item of the terminal's input, in the order of arrival. */
export type Typed =
  /**
   * A key that the terminal sent as a key: one with a name (`up`, `ctrl-c`, `alt-b`), or a character in a form that only
   * a key press has (`p` as `CSI 112 u`).
   */
  | { readonly kind: 'key'; readonly chord: string }
  /** A character as text: a key press, or a part of a paste that the terminal did not mark. Line ends and tabs too. */
  | { readonly kind: 'character'; readonly text: string }
  /** Text between the marks of a paste. `whole` is false where its end did not arrive in time. */
  | { readonly kind: 'paste'; readonly text: string; readonly whole: boolean }
  /** The end of a paste or of a control string whose beginning is unknown: the input before it was not keys. */
  | { readonly kind: 'tail' };
