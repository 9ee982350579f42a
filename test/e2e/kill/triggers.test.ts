import { expect, onTestFinished, test } from 'vitest';
import type { ServiceProcess } from '../../support/service-child.ts';
import type { Installation } from '../../support/service-process.ts';
import type { Verdict } from './support/ask-on.ts';
import { askOn } from './support/ask-on.ts';
import { examine } from './support/post-crash-checks.ts';
import { killOften } from './support/kill-often.ts';
import { scenario } from './support/kinds.ts';
import { killsWanted, roundMs } from './support/kills-wanted.ts';
import { withSeed } from './support/seed.ts';
import { installFast } from './support/fast-installation.ts';

const timeOf = (message: string, log: string): number | null => {
  const [, time] = new RegExp(`"time":(\\d+)[^\\n]*"msg":"${message}"`).exec(log) ?? [];
  return time === undefined ? null : Number(time);
};

/** How long after it listened a process had taken up what it found unfinished; none if it was killed before. */
function resumedAfterMs({ log }: ServiceProcess): readonly number[] {
  const [since, until] = [timeOf('listening', log()), timeOf('open triggers resumed', log())];
  return since === null || until === null ? [] : [until - since];
}

/** GitLab's side of a trigger, in the terms of the caller's. */
function shownBy({ simulator }: Installation, { id, kind }: Verdict) {
  const pipelines = simulator
    .pipelines(kind.request.project)
    .filter(({ variables }) => variables['PIPELINE_TRIGGER_ID'] === id);
  const deploys = pipelines.flatMap(({ jobs }) => jobs.filter(({ name }) => name === 'deploy'));
  return { statuses: pipelines.map(({ status }) => status), deploys: deploys.map(({ status }) => status) };
}

test.each(killsWanted(8))(
  'round %i: %i kills, and every trigger ends as its pipeline does',
  (_round, kills) =>
    withSeed(async (random) => {
      const installation = await installFast(scenario, onTestFinished);
      const { simulator, databaseFile } = installation;
      await installation.service.end('SIGKILL');
      const asking = askOn(installation, random);
      const resumed: number[] = [];
      const integrity: string[] = [];
      await killOften(installation, { kills, random }, (service) => {
        resumed.push(...resumedAfterMs(service));
        integrity.push(examine(databaseFile, (remains) => remains.integrity));
      });
      const survivor = await installation.startAgain();
      const verdicts = await asking.stop();
      resumed.push(...resumedAfterMs(survivor));

      expect(integrity).toEqual(Array(kills).fill('ok'));
      for (const verdict of verdicts) {
        const { outcome, status, request } = verdict.kind;
        expect(verdict.outcome).toBe(outcome);
        const manual = request.onManual === 'play' ? 'success' : 'manual';
        const deploys = request.project === 'group/manual' ? [manual] : [];
        expect(shownBy(installation, verdict)).toEqual({ statuses: [status], deploys });
      }
      // No pipeline was made for nobody.
      const made = simulator.scenario.projects.flatMap(({ path }) => simulator.pipelines(path));
      expect(made).toHaveLength(verdicts.length);
      // Some processes lived long enough to find unfinished what the one before them left.
      expect(resumed).not.toEqual([]);
      expect(Math.max(...resumed)).toBeLessThan(5_000);
    }),
  roundMs,
);
