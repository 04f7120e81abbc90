import { asciiText } from '../presentation/charset.ts';

/**
 * Makes a stream write only ASCII: in a locale that is not UTF-8, the terminal takes the bytes 0x80 to 0x9F of UTF-8 for
 * control characters.
 */
export function writeInAscii(stream: NodeJS.WriteStream): void {
  const write = stream.write.bind(stream) as (chunk: unknown, ...rest: unknown[]) => boolean;
  stream.write = ((chunk: unknown, ...rest: unknown[]) =>
    write(typeof chunk === 'string' ? asciiText(chunk) : chunk, ...rest)) as typeof stream.write;
}
