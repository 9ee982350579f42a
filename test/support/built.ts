import path from 'node:path';
import { inject } from 'vitest';

/** The built commands. */
export const pipelineTrigger = path.join(inject('built'), 'src/bin/pipeline-trigger.js');
export const trigger = path.join(inject('built'), 'src/bin/trigger.js');
