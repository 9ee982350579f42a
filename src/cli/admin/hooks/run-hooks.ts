import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '../../../client/errors.ts';
import type { Context } from '../context.ts';
import { printJson, printTable } from '../print.ts';
import type { ServiceApi } from '../service.ts';
import { connectService } from '../service.ts';
import type { Table } from '../table.ts';
import type {
  HookDoctorView,
  HookInstallView,
  HookRemovedView,
  HookReportView,
} from '../../../api/hook-view.ts';
import { isGood, isWell } from './answers.ts';
import type { HookCommandResult, HookCommandOptions } from './each-project.ts';
import { eachProject } from './each-project.ts';
import { doctorTable, hooksTable, installTable, removeTable } from './tables.ts';

/** Prints the result of each project. @throws Failure, in the end, when a project has failed */
async function finish<Answer extends object>(
  context: Context,
  done: readonly HookCommandResult<Answer>[],
  {
    json = false,
    table,
    isFine,
    failing,
  }: {
    readonly json?: boolean | undefined;
    readonly table: (done: readonly HookCommandResult<Answer>[]) => Table;
    readonly isFine: (answer: Answer) => boolean;
    /** The word for the failed ones. */
    readonly failing: string;
  },
): Promise<void> {
  const plain = done.map((each) =>
    'failure' in each ? { project: each.project, error: each.failure.message } : each.answer,
  );
  if (json) printJson(context.stdout, plain);
  else if (done.length === 0) context.stdout.write('no pending trigger waits for a project\n');
  else await printTable(context, table(done));
  const bad = done.filter((each) => 'failure' in each || !isFine(each.answer));
  if (bad.length > 0) throw new Failure(`${bad.length} of ${done.length} ${failing}`);
}

/** `hooks install` */
export async function installHooks(
  context: Context,
  projects: readonly string[],
  { url, from, tlsVerify = true, json }: HookCommandOptions,
): Promise<void> {
  const service = connectService(context.env);
  const done = await eachProject(service, projects, async (project) => {
    const body = { project, url, from, verifyTls: tlsVerify };
    return (await service.post('/v1/hooks/install', body)) as HookInstallView;
  });
  await finish(context, done, { json, table: installTable, isFine: isGood, failing: 'have no tested hook' });
}

/** `hooks list` */
export async function listHooks(
  context: Context,
  projects: readonly string[],
  { url, json }: HookCommandOptions,
): Promise<void> {
  const service = connectService(context.env);
  const more = url === undefined ? '' : `&url=${encodeURIComponent(url)}`;
  const done = await eachProject(
    service,
    projects,
    async (project) =>
      (await service.get(`/v1/hooks?project=${encodeURIComponent(project)}${more}`)) as HookReportView,
  );
  await finish(context, done, { json, table: hooksTable, isFine: () => true, failing: 'could not be read' });
}

/** `hooks doctor` */
export async function examineHooks(
  context: Context,
  projects: readonly string[],
  { url, from, fix = false, resendAll = false, json }: HookCommandOptions,
): Promise<void> {
  const service = connectService(context.env);
  const done = await eachProject(service, projects, (project) =>
    untilSent(context, service, { project, url, from, fix, resendAll }),
  );
  const failing = fix ? 'could not be fixed' : 'do not send all webhooks; --fix repairs what can be repaired';
  await finish(context, done, { json, table: doctorTable, isFine: isWell, failing });
}

/** Repeats the request until all wanted deliveries are sent: GitLab sends five a minute. */
async function untilSent(
  { stderr }: Context,
  service: ServiceApi,
  body: { readonly project: string; readonly [option: string]: unknown },
): Promise<HookDoctorView> {
  let all = (await service.post('/v1/hooks/doctor', body)) as HookDoctorView;
  let isOver = false;
  while (!isOver && all.resent?.retryAfterSeconds != null) {
    const { retryAfterSeconds, arrived } = all.resent;
    stderr.write(`${body.project}: ${arrived} sent again; GitLab goes on in ${retryAfterSeconds} s\n`);
    await sleep(retryAfterSeconds * 1000);
    const next = (await service.post('/v1/hooks/doctor', body)) as HookDoctorView;
    // A delivery that never arrives would be repeated without end.
    isOver = (next.resent?.arrived ?? 0) === 0;
    all = { ...next, repaired: [...all.repaired, ...next.repaired], resent: added(all, next) };
  }
  return all;
}

function added(
  { resent: before }: HookDoctorView,
  { resent: after }: HookDoctorView,
): HookDoctorView['resent'] {
  if (before === null || after === null) return before ?? after;
  return { ...after, arrived: before.arrived + after.arrived };
}

/** `hooks remove` */
export async function removeHooks(
  context: Context,
  projects: readonly string[],
  { url, json }: HookCommandOptions,
): Promise<void> {
  const service = connectService(context.env);
  const done = await eachProject(
    service,
    projects,
    async (project) => (await service.post('/v1/hooks/remove', { project, url })) as HookRemovedView,
  );
  await finish(context, done, {
    json,
    table: removeTable,
    isFine: () => true,
    failing: 'were left as they are',
  });
}
