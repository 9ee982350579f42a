import { Failure } from '../../../client/errors.ts';
import type { Register } from '../context.ts';
import { exitCodes } from '../exit-codes.ts';
import { stopsTheStart } from '../../../domain/doctor-finding.ts';
import type { JsonOption } from '../options.ts';
import { withExamples, withJson } from '../options.ts';
import { printJson, printTable } from '../print.ts';

const columns = [
  { title: 'SEVERITY' },
  { title: 'CODE' },
  { title: 'WHAT', shrinks: true },
  { title: 'PROBLEM', shrinks: true },
  { title: 'REMEDY', shrinks: true },
];

/** `doctor`: with the environment of the service. Notes alone are no failure; wrong settings are usage, as for `serve`. */
export const registerDoctor: Register = (program, context) => {
  const doctor = program
    .command('doctor')
    .description('list what is open, weak, expired or readable by others, with the remedy; changes nothing')
    .action(async ({ json = false }: JsonOption) => {
      const findings = await context.parts.doctor();
      const rows = findings.map(({ severity, code, subject, problem, remedy }) => [
        severity,
        code,
        subject,
        problem,
        remedy,
      ]);
      if (json) printJson(context.stdout, findings);
      else if (rows.length > 0) await printTable(context, { columns, rows });
      else context.stdout.write('nothing found\n');
      const count = findings.filter(({ severity }) => severity !== 'note').length;
      const code = findings.some(stopsTheStart) ? exitCodes.usage : exitCodes.refused;
      if (count > 0) throw new Failure(`${count} to fix`, code);
    });
  withExamples(withJson(doctor), [['pipeline-trigger doctor', 'with the environment of the service']]);
};
