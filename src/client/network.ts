import { readFileSync } from 'node:fs';
import http from 'node:http';
import tls from 'node:tls';
import { Failure } from './errors.ts';

type Environment = Readonly<Record<string, string | undefined>>;

const proxyVariables = ['http_proxy', 'https_proxy', 'HTTP_PROXY', 'HTTPS_PROXY'];

/** A usage error in both commands. */
const wrongSetting = (message: string): Failure => new Failure(message, 2);

/**
 * Makes this process use the proxies and certificates that its environment names, as the Python command does through
 * `requests`.
 * @param warn gets a line for each variable that has no effect with this Node
 * @throws Failure naming the variable that cannot be used, without its value: a proxy's may have a password
 */
export function obeyNetworkEnvironment(env: Environment, warn: (message: string) => void): void {
  const proxies = proxyEnvironment(env);
  if ('setGlobalProxyFromEnv' in http) goBy(proxies, env);
  else for (const message of ignoredProxies(env)) warn(message);
  const bundle = env['REQUESTS_CA_BUNDLE'] || env['CURL_CA_BUNDLE'] || '';
  if (bundle === '') return;
  const certificates = certificatesIn(bundle);
  if ('setDefaultCACertificates' in tls)
    tls.setDefaultCACertificates([...tls.getCACertificates('default'), ...certificates]);
  else warn('REQUESTS_CA_BUNDLE has no effect with this Node: set NODE_EXTRA_CA_CERTS');
}

function goBy(proxies: Readonly<Record<string, string>>, env: Environment): void {
  const names = Object.keys(proxies);
  if (names.length === 0) return;
  try {
    http.setGlobalProxyFromEnv({ ...env, ...proxies });
  } catch {
    // Node's error may contain the password of the proxy.
    throw wrongSetting(`${names.join(', ')}: expected the URL of a proxy, as http://HOST:PORT`);
  }
}

/** A line for each variable with a proxy that this process will not use. */
export function ignoredProxies(env: Environment): readonly string[] {
  // Whether Node itself is set to use the proxies of its environment, as a service needs it.
  const isAsked =
    env['NODE_USE_ENV_PROXY'] === '1' ||
    [env['NODE_OPTIONS'] ?? '', ...process.execArgv].some((options) => options.includes('--use-env-proxy'));
  return proxyVariables
    .filter((name) => !isAsked && (env[name] ?? '').trim() !== '')
    .map((name) => `${name} has no effect: it takes Node 24 and NODE_USE_ENV_PROXY=1`);
}

/** The proxies that an environment names, as URLs: `127.0.0.1:3128` is one of http, as for curl. @throws Failure */
export const proxyEnvironment = (env: Environment): Readonly<Record<string, string>> =>
  Object.fromEntries(
    proxyVariables
      .map((name) => [name, (env[name] ?? '').trim()] as const)
      .filter(([, value]) => value !== '')
      .map(([name, value]) => [name, proxyUrl(name, value)]),
  );

function proxyUrl(name: string, value: string): string {
  const url = /^[a-z][a-z\d+.-]*:\/\//i.test(value) ? value : `http://${value.replace(/^\/\//, '')}`;
  const isProxy = /^https?:\/\/[^/]/i.test(url) && !/[\s\u0000-\u001f\u007f]/.test(url) && URL.canParse(url);
  if (!isProxy) throw wrongSetting(`${name}: expected the URL of a proxy, as http://HOST:PORT`);
  return url;
}

function certificatesIn(file: string): readonly string[] {
  try {
    return readFileSync(file, 'utf8')
      .split(/(?=-----BEGIN CERTIFICATE-----)/)
      .flatMap((text) => /^-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/.exec(text) ?? []);
  } catch (error) {
    const { code = 'unreadable' } = error as NodeJS.ErrnoException;
    throw new Failure(`REQUESTS_CA_BUNDLE: ${file} cannot be read (${code})`);
  }
}
