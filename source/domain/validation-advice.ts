/** Advice on the failures of validations, by their message. They write no records: what they check stays unproven. */
const byMessage: readonly (readonly [message: RegExp, suggestion: string])[] = [
  [
    /\b(?:count|counts|rows?|records?)\b.{0,40}\b(?:mismatch|differ|different|not match|missing)/i,
    'source and target have different counts: look for skipped, failed or open operations of the table, and for changes of the source since; copy what is missing, then retry the validation',
  ],
  [
    /\borphan|without (?:a )?parent|\bparents? (?:is|are) missing/i,
    'rows refer to parents that the target does not have: look for skipped, failed or open operations of the parent table, then retry the validation',
  ],
  [
    /\b(?:checksum|hash|digest|content|value)s?\b.{0,40}\b(?:mismatch|differ|different|not match)/i,
    'source and target have different values: look for changes of the source since the copy, then copy the rows again and retry the validation',
  ],
];

const otherAdvice =
  'a check of the result has failed: look for skipped, failed or open operations of the table first, then retry the validation';

/** Returns the advice on a kind of failure of which all failures are validations, and no meaning of PostgreSQL's is known. */
export function validationAdvice(kind: string): string {
  return byMessage.find(([message]) => message.test(kind))?.[1] ?? otherAdvice;
}

/** The counts that the error of a validation names; null if it names none. */
export function countsIn(error: string | null): { readonly source: number; readonly target: number } | null {
  const found =
    /\b(?:source|expected)\b\D{0,20}(\d[\d,]{0,19})\b.{1,40}?\b(?:target|got|found|actual)\b\D{0,20}(\d[\d,]{0,19})/i.exec(
      (error ?? '').slice(0, 400),
    );
  const [source, target] = [found?.[1], found?.[2]].map((digits) => Number(digits?.replaceAll(',', '') ?? Number.NaN));
  if (source === undefined || target === undefined) return null;
  return Number.isSafeInteger(source) && Number.isSafeInteger(target) ? { source, target } : null;
}
