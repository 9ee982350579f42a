import { Failure } from '../../../client/errors.ts';
import type { Context, Register } from '../context.ts';
import { exitCodes } from '../exit-codes.ts';
import type { DoctorFinding } from '../../../domain/doctor-finding.ts';
import { stopsTheStart } from '../../../domain/doctor-finding.ts';
import type { JsonOption } from '../options.ts';
import { withExamples, withJson } from '../options.ts';
import { printJson } from '../print.ts';

async function print(context: Context, findings: readonly DoctorFinding[]): Promise<void> {
  const { findingsText } = await import('../findings-text.ts');
  context.stdout.write(findingsText(context, findings));
}

/** `doctor`: with the environment of the service. Notes alone are no failure; wrong settings are usage, as for `serve`. */
export const registerDoctor: Register = (program, context) => {
  const doctor = program
    .command('doctor')
    .description('list what is open, weak, expired or readable by others, with the remedy; changes nothing')
    .action(async ({ json = false }: JsonOption) => {
      const findings = await context.parts.doctor();
      if (json) printJson(context.stdout, findings);
      else if (findings.length > 0) await print(context, findings);
      else context.stdout.write('nothing found\n');
      const count = findings.filter(({ severity }) => severity !== 'note').length;
      const code = findings.some(stopsTheStart) ? exitCodes.usage : exitCodes.refused;
      if (count > 0) throw new Failure(`${count} to fix`, code);
    });
  withExamples(withJson(doctor), [['pipeline-trigger doctor', 'with the environment of the service']]);
};
