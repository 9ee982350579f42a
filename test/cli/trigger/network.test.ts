import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { Simulator } from '../../../simulator/simulator.ts';
import { startSimulator } from '../../../simulator/simulator.ts';
import { startTlsProxy, certificateFile } from './support/tls-proxy.ts';
import { runCli } from '../../support/run-command.ts';
import { ignoredProxies } from '../../../src/client/network.ts';
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

/** A proxy, its address, and whom it was asked for. */
async function startForwardProxy() {
  const asked: string[] = [];
  const proxy = createServer().on('connect', (request, caller) => {
    asked.push(request.url ?? '');
    const [hostname = '', port = ''] = (request.url ?? '').split(':');
    const target = connect(Number(port), hostname, () => {
      caller.write('HTTP/1.1 200 OK\r\n\r\n');
      target.pipe(caller).pipe(target);
    });
    caller.on('error', () => target.destroy());
    target.on('error', () => caller.end('HTTP/1.1 502 Bad Gateway\r\n\r\n'));
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  onTestFinished(() => void proxy.close());
  return { address: `127.0.0.1:${(proxy.address() as AddressInfo).port}`, asked };
}

/** A proxy that connects to nothing, its address, and whom it was asked for. */
async function startRefusingProxy(status: string) {
  const asked: string[] = [];
  const proxy = createServer().on('connect', ({ url = '' }, caller) => {
    asked.push(url);
    caller.end(`HTTP/1.1 ${status}\r\nContent-Length: 0\r\n\r\n`);
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  onTestFinished(() => void proxy.close());
  return { address: `127.0.0.1:${(proxy.address() as AddressInfo).port}`, asked };
}

describe('a proxy that the environment names', () => {
  test.each([
    'HTTP_PROXY=http://',
    'http_proxy=',
    'HTTP_PROXY=',
    'http_proxy=//user:canary-password@',
    'http_proxy= ',
  ])('is used: %sHOST:PORT', async (setting) => {
    const [name = '', before = ''] = setting.split('=');
    const { address, asked } = await startForwardProxy();
    const env = { [name]: `${before}${address}${before === ' ' ? '\n' : ''}` };
    const { code, stdout, stderr } = await runTrigger([...argsFor(simulator.url), ...pass, project], env);
    expect(code, stderr).toBe(0);
    expect(stdout + stderr).not.toContain('canary-password');
    expect(new Set(asked)).toEqual(new Set([new URL(simulator.url).host]));
  });

  test.each(['*', '127.0.0.1'])('is not used for what NO_PROXY=%s names', async (NO_PROXY) => {
    const env = { http_proxy: '127.0.0.1:1', NO_PROXY };
    expect(await runTrigger([...argsFor(simulator.url), ...pass, project], env)).toMatchObject({ code: 0 });
  });

  test('is used for a GitLab whose certificate is not verified', async () => {
    const { host } = await startTlsProxy(simulator.url);
    const { address, asked } = await startForwardProxy();
    const args = [...argsFor(host), '-v', 'false', ...pass, project];
    expect(await runTrigger(args, { HTTPS_PROXY: address })).toMatchObject({ code: 0, stderr: '' });
    expect(new Set(asked)).toEqual(new Set([host.replace(/^https:\/\//, '')]));
  });

  test.each([
    ['HTTPS_PROXY', 'socks5://canary-password@127.0.0.1:1'],
    ['https_proxy', 'http://'],
    ['http_proxy', 'u:canary-password@[host'],
    ['HTTP_PROXY', 'http://u:canary-%zz-password@127.0.0.1:1'],
    ['http_proxy', 'canary password'],
  ])('is refused by its name, in both commands: %s=%s', async (name, value) => {
    const env = { [name]: value, PIPELINE_TRIGGER_URL: 'http://service.invalid' };
    const runs = [
      await runTrigger([...argsFor(simulator.url), ...pass, project], { [name]: value }),
      await runCli(['list'], env),
    ];
    for (const { code, stdout, stderr } of runs) {
      expect(stderr).toMatch(new RegExp(`: ${name}: expected the URL of a proxy, as http://HOST:PORT\n$`));
      expect([code, stdout]).toEqual([2, '']);
      expect(stderr).not.toContain('canary');
    }
  });

  test.each([
    ['407 Proxy Authentication Required', [], /\b407 \(Proxy Authentication Required\).*HTTPS_PROXY/],
    [
      '407 Proxy Authentication Required',
      ['-v', 'false'],
      /\b407 \(Proxy Authentication Required\).*HTTPS_PROXY/,
    ],
  ])(
    'that wants a password before it connects is named at the first try: %s %j',
    async (status, more, named) => {
      const { address, asked } = await startRefusingProxy(status);
      const args = [...argsFor('https://gitlab.invalid'), ...more, project];
      const { code, stderr } = await runTrigger(args, { HTTPS_PROXY: address });
      expect(stderr).toMatch(named);
      expect(stderr).not.toContain('trying again');
      expect([code, asked]).toEqual([1, ['gitlab.invalid:443']]);
    },
  );

  test('that leads nowhere for now is tried again, by its status', async () => {
    const { address, asked } = await startRefusingProxy('503 Service Unavailable');
    const args = [...argsFor('https://gitlab.invalid'), project];
    const { code, stderr } = await runTrigger(args, { HTTPS_PROXY: address });
    expect(stderr).toContain('a proxy does not lead to GitLab: it answers 503; trying again');
    expect([code, asked.length > 1]).toEqual([1, true]);
  });

  test('is used by the other command', async () => {
    const { address, asked } = await startForwardProxy();
    const env = { http_proxy: address, PIPELINE_TRIGGER_URL: 'http://service.invalid:8080' };
    expect((await runCli(['list'], env)).code).toBe(2);
    expect(asked).toContain('service.invalid:8080');
  });
});

test('a proxy without effect is warned of by its name', () => {
  const env = { HTTPS_PROXY: 'http://u:canary@proxy:3128', http_proxy: ' ', NO_PROXY: '*' };
  expect(ignoredProxies(env)).toEqual([
    'HTTPS_PROXY has no effect: it takes Node 24 and NODE_USE_ENV_PROXY=1',
  ]);
  expect(ignoredProxies({ ...env, NODE_USE_ENV_PROXY: '1' })).toEqual([]);
  expect(ignoredProxies({ ...env, NODE_OPTIONS: '--use-env-proxy' })).toEqual([]);
});
