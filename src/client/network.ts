import { readFileSync } from 'node:fs';
import http from 'node:http';
import tls from 'node:tls';
import { Failure } from './failure.ts';

type Environment = Readonly<Record<string, string | undefined>>;

const proxyVariables = ['http_proxy', 'https_proxy', 'HTTP_PROXY', 'HTTPS_PROXY'];

/**
 * Has this process go by the proxies and certificates that its environment names, as the Python command did through
 * `requests`. An older Node cannot be told so: it has NODE_USE_ENV_PROXY and NODE_EXTRA_CA_CERTS.
 * @throws Failure when the certificates cannot be read
 */
export function obeyNetworkEnvironment(env: Environment): void {
  const hasProxy = proxyVariables.some((name) => (env[name] ?? '') !== '');
  if (hasProxy && 'setGlobalProxyFromEnv' in http) http.setGlobalProxyFromEnv({ ...env });
  const bundle = env['REQUESTS_CA_BUNDLE'] || env['CURL_CA_BUNDLE'] || '';
  if (bundle !== '' && 'setDefaultCACertificates' in tls)
    tls.setDefaultCACertificates([...tls.getCACertificates('default'), ...certificatesIn(bundle)]);
}

function certificatesIn(file: string): readonly string[] {
  try {
    return (
      readFileSync(file, 'utf8').match(/-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----/gs) ?? []
    );
  } catch (error) {
    const { code = 'unreadable' } = error as NodeJS.ErrnoException;
    throw new Failure(`REQUESTS_CA_BUNDLE: ${file} cannot be read (${code})`);
  }
}
