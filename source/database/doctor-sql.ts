import counters from '../../sql/queries/doctor/counters.sql';
import deleted from '../../sql/queries/doctor/deleted.sql';
import ends from '../../sql/queries/doctor/ends.sql';
import missing from '../../sql/queries/doctor/missing.sql';
import ranges from '../../sql/queries/doctor/ranges.sql';
import sequence from '../../sql/queries/doctor/sequence.sql';
import starts from '../../sql/queries/doctor/starts.sql';
import structure from '../../sql/queries/doctor/structure.sql';
import timestamps from '../../sql/queries/doctor/timestamps.sql';
import transactions from '../../sql/queries/doctor/transactions.sql';
import validations from '../../sql/queries/doctor/validations.sql';
import values from '../../sql/queries/doctor/values.sql';

/** The queries of `migtop doctor`. */
export const doctorFiles = {
  'doctor counters': counters,
  'doctor deleted': deleted,
  'doctor ends': ends,
  'doctor missing': missing,
  'doctor ranges': ranges,
  'doctor sequence': sequence,
  'doctor starts': starts,
  'doctor structure': structure,
  'doctor timestamps': timestamps,
  'doctor transactions': transactions,
  'doctor validations': validations,
  'doctor values': values,
};
