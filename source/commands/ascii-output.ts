import { asciiText } from '../presentation/charset.ts';

/**
 * Has a stream write ASCII alone, whoever writes to it: in a locale that is not UTF-8 the bytes 0x80 to 0x9F of UTF-8 are
 * controls of the terminal.
 */
export function writeInAscii(stream: NodeJS.WriteStream): void {
  const write = stream.write.bind(stream) as (chunk: unknown, ...rest: unknown[]) => boolean;
  stream.write = ((chunk: unknown, ...rest: unknown[]) =>
    write(typeof chunk === 'string' ? asciiText(chunk) : chunk, ...rest)) as typeof stream.write;
}
