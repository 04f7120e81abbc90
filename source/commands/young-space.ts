import { PerformanceObserver } from 'node:perf_hooks';
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';

/**
 * Size of V8's space for new objects that is kept, in bytes. In most polls, less than half of that is allocated, so that nearly all of it is
 * garbage when the space is collected.
 */
const keptBytes = 16 * 2 ** 20;

/**
 * Keeps V8's space for new objects at one size. V8 alone would grow it to 64 MB, more than the rest of the heap takes, and shrink it to
 * 2 MB when the program waits: then each poll fills it several times, and what is still in use is copied each time, which takes a third of the CPU
 * time of a refresh.
 */
export function keepYoungSpace(): void {
  let isGrowing: boolean | undefined;
  const adapt = (): void => {
    const space = getHeapSpaceStatistics().find(({ space_name: name }) => name === 'new_space');
    const isSmall = space !== undefined && space.space_size < keptBytes;
    if (isSmall !== isGrowing) setFlagsFromString(`--semi-space-growth-factor=${isSmall ? 2 : 1}`);
    isGrowing = isSmall;
  };
  adapt();
  // V8 changes the size when it collects garbage.
  new PerformanceObserver(adapt).observe({ entryTypes: ['gc'] });
}
