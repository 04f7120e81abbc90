/** A table of the simulated migration. */
export interface DemoTable {
  /** Its name in the old system. */
  readonly source: string;
  /** Its name in the new system. */
  readonly target: string;
  readonly records: number;
  readonly batchSize: number;
  /** How many records per second one worker migrates, at speed 1. */
  readonly recordsPerSecond: number;
}

/**
 * The tables in the order of their migration: parents before the tables that refer to them. `brackets` and
 * `case_file_relationships` are the specification's examples; stories.ts defines their batches.
 */
export const tables: readonly DemoTable[] = [
  table('officer_roster', 'officers', 21_348, 1_500, 34),
  table('dispatch_unit', 'dispatch_units', 20_112, 1_500, 36),
  table('address_book', 'addresses', 604_871, 12_500, 262),
  table('person', 'parties', 518_034, 12_500, 248),
  table('legal_case', 'cases', 386_412, 10_000, 214),
  table('charge_sheet', 'charges', 274_655, 8_000, 161),
  table('document_store', 'documents', 2_964_318, 50_000, 942),
  table('case_folder', 'case_files', 148_210, 5_000, 104),
  table('hearing_calendar', 'hearings', 96_240, 3_000, 58),
  table('warrant', 'warrants', 58_903, 2_000, 41),
  table('attachment_blob', 'attachments', 731_556, 15_000, 306),
  table('case_note', 'case_notes', 1_204_490, 25_000, 498),
  table('audit_log', 'audit_events', 2_412_907, 40_000, 806),
];

export const brackets = table('dispatch_bracket', 'brackets', 1_569, 500, 16.7);
export const relationships = table('case_files', 'case_file_relationships', 15_420, 200, 11);

/** How many records are missing in `cases` for case_file_relationships; its story migrates them. */
export const missingParents = 23;

export const workerIds = [1, 2, 3, 4, 5, 6] as const;

function table(
  source: string,
  target: string,
  records: number,
  batchSize: number,
  recordsPerSecond: number,
): DemoTable {
  return { source, target, records, batchSize, recordsPerSecond };
}
