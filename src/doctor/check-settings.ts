import type { Config } from '../config/config.ts';
import type { DoctorFinding } from '../domain/doctor-finding.ts';
import { checkExposure } from './check-exposure.ts';
import { checkSecrets } from './check-secrets.ts';

/** All that the settings show by themselves: also logged at each start. @param hasKeys whether a key was ever made */
export const checkSettings = (config: Config, hasKeys: boolean): readonly DoctorFinding[] => [
  ...checkExposure(config, hasKeys),
  ...checkSecrets(config),
];
