import type { Query } from './query.ts';
import type { Simulation } from './simulation.ts';

/** How many seconds pass between two calls of tick(), the procedure of sql/demo/incident.sql that advances its workers. */
const tickEverySeconds = 0.5;

/** The situation of sql/demo/incident.sql, which the database holds already. It never ends: the operator has to act. */
export function createIncident(query: Query): Simulation {
  let untilTick = 0;
  return {
    async advance(seconds) {
      untilTick -= seconds;
      if (untilTick > 0) return;
      untilTick = tickEverySeconds;
      // The table may be dropped or locked: the next call tries again.
      await query('CALL tick()', []).catch(() => {});
    },
    isFinished: () => false,
  };
}
