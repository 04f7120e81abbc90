/** The hidden command that the completions of the shells call. */
export const completing = '__complete';

/** Its maximum time in milliseconds: the user waits for it in the shell. */
export const completionMs = 1000;
