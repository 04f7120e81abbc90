/** The parts of an operation that can be copied. */
export type CopyPart = 'whole' | 'error' | 'source-query' | 'validation-query' | 'id' | 'command-line';
