import type { PolicyDecision } from '../../../app/access/explain-policy.ts';
import { Failure } from '../../../client/errors.ts';
import type { Register } from '../context.ts';
import { exitCodes } from '../exit-codes.ts';
import type { JsonOption } from '../options.ts';
import { withExamples, withJson } from '../options.ts';
import { printJson } from '../print.ts';
import { plainLine } from '../../../domain/terminal-text.ts';

interface CheckOptions extends JsonOption {
  readonly as: string;
  readonly request: string;
}

/** `policy check`: evaluates a policy file. */
export const registerPolicy: Register = (program, { stdout, parts }) => {
  const policy = program.command('policy').description('which CI jobs may start what (POLICY_FILE)');

  const check = policy
    .command('check')
    .description('say whether a policy allows a request, and why')
    .argument('<file>', 'the policy, in YAML')
    .requiredOption('--as <file>', 'who asks: the payload of an id_token, as JSON')
    .requiredOption('--request <file>', 'what for: the body of POST /v1/triggers, as JSON')
    .action(async (file: string, { as: claims, request, json = false }: CheckOptions) => {
      const decision = await parts.checkPolicy({ policy: file, claims, request });
      if (json) printJson(stdout, decision);
      else for (const line of linesFor(decision)) stdout.write(`${plainLine(line)}\n`);
      if (!decision.isAllowed) throw new Failure('the policy denies it', exitCodes.refused);
    });
  withExamples(withJson(check), [
    ['pipeline-trigger policy check policy.yml --as claims.json --request request.json', ''],
  ]);
};

const titleOf = ({ number, name }: { number: number; name: string | null }): string =>
  name === null ? `rule ${number}` : `rule ${number} (${name})`;

function linesFor({ caller, rule, isForAnotherJob, verdicts }: PolicyDecision): readonly string[] {
  if (rule !== null) return [`allowed to ${caller} by ${titleOf(rule)}`];
  const lines = [`denied to ${caller}${verdicts.length === 0 ? ': there are no rules' : ''}`];
  if (isForAnotherJob) return [...lines, '  upstream: names another job than the claims'];
  return lines.concat(
    verdicts.flatMap((verdict) => [
      titleOf(verdict),
      ...verdict.objections.map(
        ({ member, found, allowed }) => `  ${member}: found ${found}; allowed: ${allowed}`,
      ),
    ]),
  );
}
