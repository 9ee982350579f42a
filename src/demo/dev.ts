import { mkdir } from 'node:fs/promises';
import pino from 'pino';
import { readConfig } from '../config/config.ts';
import { serve } from '../composition/serve.ts';
import { describeSimulator } from '../../simulator/describe.ts';
import { defaultScenario } from '../../simulator/scenarios.ts';
import { startSimulator } from '../../simulator/simulator.ts';

/** `npm run dev`: the service with a local SQLite file beside a simulated GitLab, without any account. */
const gitlabPort = 8081;
const adminToken = 'dev';
const webhookSecret = 'dev-hook';

const log = pino({ level: process.env['LOG_LEVEL'] ?? 'info' }, pino.destination({ fd: 2, sync: false }));
const gitlab = await startSimulator(defaultScenario, { port: gitlabPort });
await mkdir('data', { recursive: true });
const running = await serve(
  readConfig({
    GITLAB_URL: gitlab.url,
    GITLAB_TOKEN: 'glpat-simulator',
    ADMIN_TOKEN: adminToken,
    WEBHOOK_SECRET: webhookSecret,
    DATABASE_URL: 'file:./data/dev.db',
    HOST: '127.0.0.1',
    PORT: process.env['PORT'] ?? '8080',
    SWEEP_SECONDS: '10',
  }),
  log,
);
for (const { path } of gitlab.scenario.projects)
  gitlab.addHook(path, {
    url: `${running.url}/webhooks/gitlab`,
    token: webhookSecret,
    pipeline_events: true,
    job_events: true,
  });

process.stdout.write(`${JSON.stringify(describeSimulator(gitlab), null, 2)}

Try it:
  curl -sSL --fail-with-body --max-redirs -1 -H 'Authorization: Bearer ${adminToken}' -H 'content-type: application/json' \\
    -d '{"project":"group/manual","ref":"main","onManual":"play"}' '${running.url}/v1/triggers?mode=follow'
`);

const stop = (): void => {
  void running.stop().then(() => gitlab.close());
};
process.once('SIGTERM', stop);
process.once('SIGINT', stop);
