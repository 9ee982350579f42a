import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { Simulator } from '../../../simulator/simulator.ts';
import { startSimulator } from '../../../simulator/simulator.ts';
import { startTlsProxy, certificateFile } from './support/tls-proxy.ts';
import { idOf, scenario, tokens } from './support/scenario.ts';
import { runTrigger } from './support/start-trigger.ts';

let simulator: Simulator;
beforeAll(async () => {
  simulator = await startSimulator(scenario);
});
afterAll(() => simulator.close());

const argsFor = (host: string): readonly string[] => ['-h', host, '-s', '1', '-t', 'main', ...tokens];
const project = idOf('group/one-manual');
const pass = ['--on-manual', 'pass'] as const;

describe('a self-signed certificate', () => {
  test('is not trusted: one line, nothing triggered', async () => {
    const { host } = await startTlsProxy(simulator.url);
    const before = simulator.pipelines('group/one-manual').length;
    const { code, stderr } = await runTrigger([...argsFor(host), ...pass, project]);
    expect(stderr).toMatch(/^trigger: error: [^\n]*\(DEPTH_ZERO_SELF_SIGNED_CERT\)[^\n]*\n$/);
    expect(code).toBe(1);
    expect(simulator.pipelines('group/one-manual')).toHaveLength(before);
  });

  test('is taken with -v false, without a word; a host without a scheme is https', async () => {
    const { host } = await startTlsProxy(simulator.url);
    const run = await runTrigger([...argsFor(host), ...pass, '-v', 'false', '-o', 'group/one-manual']);
    expect(run).toMatchObject({ code: 0, stderr: '' });
    expect(run.stdout).toMatch(/\nPipeline status is "manual", action "pass"\n$/);
  });

  test('is trusted when the environment names it, as it was for requests', async () => {
    const { host } = await startTlsProxy(simulator.url);
    const env = { REQUESTS_CA_BUNDLE: certificateFile };
    expect(await runTrigger([...argsFor(host), ...pass, project], env)).toMatchObject({
      code: 0,
      stderr: '',
    });
    const missing = await runTrigger([...argsFor(host), project], { REQUESTS_CA_BUNDLE: '/nowhere.pem' });
    expect(missing.stderr).toBe('trigger: error: REQUESTS_CA_BUNDLE: /nowhere.pem cannot be read (ENOENT)\n');
    expect(missing.code).toBe(1);
  });
});

test.each([
  ['/gitlab/api/v4/projects', (path: string) => path.replace('/gitlab/', '/')],
  ['/proxied', (path: string) => path.replace('/proxied', '/api/v4/projects')],
])('-u %s', async (urlPath, rewrite) => {
  const { host, paths } = await startTlsProxy(simulator.url, rewrite);
  const args = [...argsFor(host), '-v', 'false', '-u', urlPath, ...pass, '-o', 'group/one-manual'];
  expect((await runTrigger(args)).code).toBe(0);
  expect(paths.every((path) => path.startsWith(`${urlPath}/`))).toBe(true);
});

test('a proxy that the environment names is used', async () => {
  const asked: string[] = [];
  const proxy = createServer().on('connect', (request, caller) => {
    asked.push(request.url ?? '');
    const [hostname = '', port = ''] = (request.url ?? '').split(':');
    const target = connect(Number(port), hostname, () => {
      caller.write('HTTP/1.1 200 OK\r\n\r\n');
      target.pipe(caller).pipe(target);
    });
    for (const socket of [caller, target]) socket.on('error', () => undefined);
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  onTestFinished(() => void proxy.close());
  const HTTP_PROXY = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  const { code } = await runTrigger([...argsFor(simulator.url), ...pass, project], { HTTP_PROXY });
  expect(code).toBe(0);
  expect(new Set(asked)).toEqual(new Set([new URL(simulator.url).host]));
});
