/** Standard output of a command that writes for as long as it runs. */
export interface Output {
  /** Writes a text. Resolves when it has been written: to false if the reader has closed the pipe, which is not an error. */
  write(text: string): Promise<boolean>;
  /** Resolves when the reader has closed the pipe. */
  readonly closed: Promise<void>;
}

/** @throws {Error} from `write`, if the output cannot be written for another reason than a closed pipe */
export function createOutput(stdout: NodeJS.WriteStream): Output {
  let isClosed = false;
  const closed = Promise.withResolvers<void>();
  const close = (): void => {
    isClosed = true;
    closed.resolve();
  };
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') close();
  });
  return {
    closed: closed.promise,
    write(text) {
      if (isClosed) return Promise.resolve(false);
      return new Promise((resolve, reject) => {
        stdout.write(text, (error) => {
          if (error === null || error === undefined) return resolve(true);
          if ((error as NodeJS.ErrnoException).code !== 'EPIPE')
            return reject(new Error(`could not write the output: ${error.message}`, { cause: error }));
          close();
          resolve(false);
        });
      });
    },
  };
}
