import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import { z } from 'zod';
import { scenarioSchema } from './scenario.ts';
import type { Scenario } from './scenario.ts';

/**
 * Reads a scenario from a JSON or YAML file.
 * @throws Error with one line per mistake when it is not a scenario, or the file cannot be read
 */
export async function readScenario(path: string): Promise<Scenario> {
  return parseScenario(parse(await readFile(path, 'utf8')));
}

/**
 * Checks a scenario and fills in its defaults.
 * @throws Error with one line per mistake
 */
export function parseScenario(value: unknown): Scenario {
  const parsed = scenarioSchema.safeParse(value);
  if (!parsed.success) throw new Error(`not a scenario:\n${z.prettifyError(parsed.error)}`);
  return parsed.data;
}
