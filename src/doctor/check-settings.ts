import type { Config } from '../config/config.ts';
import type { DoctorFinding } from '../domain/doctor-finding.ts';
import { checkExposure } from './check-exposure.ts';
import { checkSecrets } from './check-secrets.ts';

/** All findings about the settings alone: also logged at each start. @param hasKeys whether there was ever a key */
export const checkSettings = (config: Config, hasKeys: boolean): readonly DoctorFinding[] => [
  ...checkExposure(config, hasKeys),
  ...checkSecrets(config),
];
