import { expect, onTestFinished, test } from 'vitest';
import { prepareService } from '../../support/service-child.ts';
import { examine } from './support/post-crash-checks.ts';
import { killOften } from './support/kill-often.ts';
import { killsWanted, roundMs } from './support/kills-wanted.ts';
import { withSeed } from './support/seed.ts';
import { signingToken, writeHooks } from './support/write-hooks.ts';

const env = {
  // Nobody is there: no hook is about a trigger of ours.
  GITLAB_URL: 'http://127.0.0.1:1',
  WEBHOOK_SIGNING_TOKEN: signingToken,
  LOG_LEVEL: 'info',
};

test.each(killsWanted(10))(
  'round %i: %i kills lose no delivery that was acknowledged',
  (_round, kills) =>
    withSeed(async (random) => {
      const place = await prepareService({ env }, onTestFinished);
      const writing = writeHooks(place.url);
      onTestFinished(writing.stop);
      const found = { kills: 0, broken: [] as string[], lost: [] as string[] };
      await killOften(place, { kills, random }, () => {
        examine(place.databaseFile, ({ integrity, query }) => {
          found.kills += 1;
          if (integrity !== 'ok') found.broken.push(integrity);
          const rows =
            writing.acknowledged.size > 0 ? query('SELECT "id", "pipelineId" FROM "Delivery"') : [];
          const kept = new Map(rows.map(({ id, pipelineId }) => [id, pipelineId]));
          for (const [id, pipelineId] of writing.acknowledged)
            if (kept.get(id) !== pipelineId) found.lost.push(id);
        });
      });
      await writing.stop();
      expect(found).toEqual({ kills, broken: [], lost: [] });
      expect(writing.strange).toEqual([]);
      // Otherwise there was nothing to lose.
      expect(writing.acknowledged.size).toBeGreaterThan(kills);
    }),
  roundMs,
);
