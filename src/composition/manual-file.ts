import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import { parseInput } from '../api/parse-input.ts';
import type { ManualRuleInput } from '../api/manual-rules.ts';
import { manualRulesSchema } from '../api/manual-rules.ts';
import { UsageError } from '../cli/trigger/parse-arguments.ts';
import { messageOf } from '../domain/error.ts';

/**
 * Reads rules for manual jobs from a YAML file: the list that `manual` of a request is, or that list under `manual:`.
 * @throws UsageError that names the file and its error
 */
export async function readManualFile(path: string): Promise<readonly ManualRuleInput[]> {
  try {
    const content: unknown = parse(await readFile(path, 'utf8'));
    return parseInput(manualRulesSchema, listIn(content));
  } catch (error) {
    const [line = ''] = messageOf(error).split('\n');
    throw new UsageError(`argument --manual: ${path}: ${line.replace(/:$/, '')}`);
  }
}

const listIn = (content: unknown): unknown =>
  typeof content === 'object' && content !== null && 'manual' in content ? content.manual : content;
