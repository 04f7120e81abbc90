import type { ProductionRules } from '../../domain/production.ts';
import type { Config, ConfiguredTarget } from './config.ts';

/** The configuration file of this run, and what the command line chose of it. */
export interface Configured {
  readonly config: Config;
  /** The chosen target; null if the connection is named in another way. */
  readonly target: ConfiguredTarget | null;
  readonly rules: ProductionRules;
}
