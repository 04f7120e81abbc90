/** Writes a text and waits until it is out. A reader that has had enough (`| head`) closes the pipe: no error of ours. */
export async function print(stdout: NodeJS.WriteStream, text: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    stdout.once('error', (error: NodeJS.ErrnoException) => (error.code === 'EPIPE' ? resolve() : reject(error)));
    stdout.write(text, (error) => {
      if (error === null || error === undefined || (error as NodeJS.ErrnoException).code === 'EPIPE') resolve();
      else reject(new Error(`The output cannot be written: ${error.message}`, { cause: error }));
    });
  });
}
