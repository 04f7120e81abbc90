/** A metric of `migtop metrics`, named by the conventions of Prometheus: base units, `_total` for counters only. */
export interface Metric {
  readonly name: string;
  readonly help: string;
  readonly type?: 'counter';
  readonly samples: readonly MetricSample[];
}

export interface MetricSample {
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number;
}

/** The label of all that have no separate samples. */
export const other = 'other';

/** The samples with those of the same labels added up: names may be equal once they are cleaned. */
export function summed(samples: readonly MetricSample[]): readonly MetricSample[] {
  const all = new Map<string, MetricSample>();
  for (const sample of samples) {
    const key = JSON.stringify(sample.labels);
    all.set(key, { ...sample, value: sample.value + (all.get(key)?.value ?? 0) });
  }
  return [...all.values()];
}

/** The sample of a value; none if it is not known. */
export function known(value: number | null): readonly MetricSample[] {
  return value === null || !Number.isFinite(value) ? [] : [{ value }];
}
