/** How a key moves the cursor or scrolls. */
export type Motion = 'down' | 'up' | 'first' | 'last' | 'page-down' | 'page-up' | 'half-down' | 'half-up';

/** How many rows down a motion goes, negative for up; 0 if it goes to an end. */
export function stepsOf(motion: Motion, page: number): number {
  switch (motion) {
    case 'down':
      return 1;
    case 'up':
      return -1;
    case 'page-down':
      return page;
    case 'page-up':
      return -page;
    case 'half-down':
      return Math.ceil(page / 2);
    case 'half-up':
      return -Math.ceil(page / 2);
    default:
      return 0;
  }
}
