import { expect, test } from 'vitest';
import { node, run } from '../../support/run-command.ts';
import { startStubServer } from '../../support/start-stub-server.ts';
import { trigger as triggerCommand } from '../../support/built.ts';

const refusal = JSON.stringify({ type: '/problems/forbidden', detail: 'not allowed' });

test.each([
  ['00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', true],
  ['glpat-anything-else', false],
  ['', false],
])('TRACEPARENT=%s goes to the service: %s', async (given, isSent) => {
  const service = await startStubServer((response) =>
    response.writeHead(403, { 'content-type': 'application/problem+json' }).end(refusal),
  );
  await run(node, [triggerCommand, '-t', 'main', 'group/app'], {
    PIPELINE_TRIGGER_URL: service.url,
    TRACEPARENT: given,
  });
  expect(service.requests[0]?.headers['traceparent']).toBe(isSent ? given : undefined);
  expect(service.requests[0]).toMatchObject({ method: 'POST', url: '/v1/triggers' });
});
