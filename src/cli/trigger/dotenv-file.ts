import { writeFileSync } from 'node:fs';
import { plainLine } from '../../domain/terminal-text.ts';
import { unfitForDotenv } from './dotenv-names.ts';
import { UsageError } from './parse-arguments.ts';

interface TriggeredPipeline {
  readonly id: number;
  readonly url: string | null;
  readonly status: string;
}

/** A file for `artifacts:reports:dotenv`, empty until there is a pipeline. */
export interface DotenvFile {
  /** Written after each change, so that it exists even if this process is killed. */
  readonly write: (pipeline: TriggeredPipeline) => void;
  /** Adds what the jobs of the pipeline handed on, as far as later jobs may have it. */
  readonly addOutputs: (outputs: Readonly<Record<string, string>>) => void;
}

const complaintOf = (path: string, error: unknown): string =>
  `argument --dotenv: can't open '${path}': ${(error as NodeJS.ErrnoException).code ?? 'unknown error'}`;

/** @throws UsageError when it cannot be written: checked before the pipeline is triggered */
export function openDotenvFile(path: string, complain: (message: string) => void): DotenvFile {
  try {
    writeFileSync(path, '');
  } catch (error) {
    throw new UsageError(complaintOf(path, error));
  }
  let own = '';
  let outputs = '';
  function save(): void {
    try {
      writeFileSync(path, own + outputs);
    } catch (error) {
      complain(complaintOf(path, error));
    }
  }
  return {
    addOutputs: (given) => {
      outputs = '';
      for (const [name, value] of Object.entries(given)) {
        const why = unfitForDotenv(name, value);
        if (why === null) outputs += `${name}=${value}\n`;
        else complain(`the output ${name} is left out of ${path}: ${why}`);
      }
      if (outputs !== '') save();
    },
    write: ({ id, url, status }) => {
      const values = { ID: id, URL: url ?? '', STATUS: status };
      // A line break in a word of GitLab's would set another variable of later jobs.
      const lines = Object.entries(values).map(
        ([name, value]) => `TRIGGERED_PIPELINE_${name}=${plainLine(String(value))}\n`,
      );
      own = lines.join('');
      save();
    },
  };
}
