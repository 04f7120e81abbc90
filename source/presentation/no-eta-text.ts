import type { WhyNoEta } from '../domain/no-eta.ts';

/** Why there is no ETA: `no ETA: nothing progresses`. */
export function noEtaText(why: WhyNoEta): string {
  return `no ETA: ${whyTexts[why]}`;
}

/** Why there is no ETA, in few words: `no ETA: too many paused`. */
export function noEtaShort(why: WhyNoEta): string {
  return `no ETA: ${shortWhys[why]}`;
}

export const nothingProgresses = 'nothing progresses';

const whyTexts: Readonly<Record<WhyNoEta, string>> = {
  standstill: nothingProgresses,
  defied: 'only workers that overwrite the pause are at work',
  'not counted': 'not all operations are counted yet',
  'counting unclear': 'how a table counts is unclear',
  'no total': 'the totals are unknown',
  'table of unknown size': 'how much is left of a table is unknown',
  'in part': 'tables are shown in part (since)',
  'no report': 'too few reports of workers yet',
  'total reached': 'the totals are reached, but operations are open',
  'failing again': 'the running work has failed again and again',
  'mostly paused': 'far more operations are paused than running',
};

const shortWhys: Readonly<Record<WhyNoEta, string>> = {
  standstill: nothingProgresses,
  defied: 'a pause is overwritten',
  'not counted': 'counting',
  'counting unclear': 'counting unclear',
  'no total': 'no totals',
  'table of unknown size': 'a table of unknown size',
  'in part': 'shown in part',
  'no report': 'too few reports',
  'total reached': 'totals reached',
  'failing again': 'it fails again and again',
  'mostly paused': 'too many paused',
};
