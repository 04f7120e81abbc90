import type { JudgedFailure } from './triage.ts';

/** The failures at one moment. */
export interface FailuresById {
  readonly size: number;
  get(id: number): JudgedFailure | undefined;
  all(): Iterable<JudgedFailure>;
}

export interface ChangingFailures {
  put(failure: JudgedFailure): void;
  remove(id: number): void;
  /** The failures as they are now: later changes do not change what this returns. */
  now(): FailuresById;
  clear(): void;
}

type Page = Map<number, JudgedFailure>;

const pageCount = 256;

/** Failures whose ids are near each other are in one page: workers often change them together. */
const idsInARow = 16;

const pageOf = (id: number): number => Math.abs(Math.floor(id / idsInARow)) % pageCount;

/** Divides the failures into pages, so that few of them are copied when some change after `now`. */
export function createFailuresById(): ChangingFailures {
  let pages: (Page | undefined)[] = [];
  let size = 0;
  /** The pages that were copied since `now`; null: nor was the list of pages. */
  let copied: Set<number> | null = null;

  function changing(number: number): Page {
    if (copied === null) {
      pages = [...pages];
      copied = new Set();
    }
    const known = pages[number];
    if (known !== undefined && copied.has(number)) return known;
    const page = new Map(known);
    pages[number] = page;
    copied.add(number);
    return page;
  }

  return {
    put(failure) {
      const page = changing(pageOf(failure.id));
      if (!page.has(failure.id)) size++;
      page.set(failure.id, failure);
    },
    remove(id) {
      if (changing(pageOf(id)).delete(id)) size--;
    },
    now() {
      const kept = pages;
      copied = null;
      return {
        size,
        get: (id) => kept[pageOf(id)]?.get(id),
        *all() {
          for (const page of kept) if (page !== undefined) yield* page.values();
        },
      };
    },
    clear() {
      pages = [];
      size = 0;
      copied = null;
    },
  };
}
