/** The result of disk work with a time limit. */
export type DiskResult<T> = { readonly kind: 'done'; readonly value: T } | { readonly kind: 'late' };

/** Work with files that may be on a disk that does not answer, for example of a file server that is down. */
export interface DiskWork {
  /**
   * Runs `work` after all earlier work. Node has four threads for files, host names and passwords, and a disk that does not
   * answer keeps a thread: so it gets only one.
   *
   * @param work gets a function that returns whether the caller has given up
   * @param limits.isKept whether the work is done later if the disk does not answer in time
   */
  run<T>(
    work: (isLate: () => boolean) => Promise<T>,
    limits: { readonly ms: number; readonly isKept: boolean },
  ): Promise<DiskResult<T>>;
}

/** How much work of this process has taken longer than its limit and has not ended. */
let hanging = 0;

/** Whether a disk does not answer: then the process does not end by itself. */
export function isDiskHanging(): boolean {
  return hanging > 0;
}

/** Runs one work on the disk after the other. While one is late, others are not begun, except those that have to be kept. */
export function createDiskWork(): DiskWork {
  let queue: Promise<unknown> = Promise.resolve();
  let late = 0;
  return {
    async run<T>(
      work: (isLate: () => boolean) => Promise<T>,
      { ms, isKept }: { readonly ms: number; readonly isKept: boolean },
    ): Promise<DiskResult<T>> {
      if (late > 0 && !isKept) return { kind: 'late' };
      let isLate = false;
      const result = queue.then((): Promise<DiskResult<T>> | DiskResult<T> => {
        if (isLate && !isKept) return { kind: 'late' };
        return work(() => isLate).then((value) => ({ kind: 'done', value }));
      });
      queue = result.catch(() => {});
      const gaveUp = Promise.withResolvers<DiskResult<T>>();
      const timer = setTimeout(
        () => {
          isLate = true;
          late += 1;
          hanging += 1;
          gaveUp.resolve({ kind: 'late' });
        },
        late > 0 ? 0 : ms,
      );
      const ended = (): void => {
        clearTimeout(timer);
        if (!isLate) return;
        late -= 1;
        hanging -= 1;
      };
      result.then(ended, ended);
      return Promise.race([result, gaveUp.promise]);
    },
  };
}
