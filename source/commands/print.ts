/** Writes a text and waits until it is written. A reader that closes the pipe (`| head`) is not an error. */
export async function print(stdout: NodeJS.WriteStream, text: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    stdout.once('error', (error: NodeJS.ErrnoException) => (error.code === 'EPIPE' ? resolve() : reject(error)));
    stdout.write(text, (error) => {
      if (error === null || error === undefined || (error as NodeJS.ErrnoException).code === 'EPIPE') resolve();
      else reject(new Error(`could not write the output: ${error.message}`, { cause: error }));
    });
  });
}
