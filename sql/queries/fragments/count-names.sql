-- The columns of `count-columns.sql`, in the order in which source/polling/decode-counts.ts reads them.
operations, records, largest, totals, records_without_total, rows_with_total, works, smallest_total, largest_total, unit_works,
reached_works, evidence, outside, bare, bare_outside, smallest_evidence, largest_evidence, evidence_records,
smallest_bare, largest_batch, pending_sized, pending_sizes, first_start, last_end, timed_operations, timed_records, timed_micros,
is_side
