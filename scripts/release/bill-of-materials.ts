/** The parts of package-lock.json that are read. Source: https://docs.npmjs.com/cli/configuring-npm/package-lock-json */
export interface LockFile {
  readonly packages: Readonly<Record<string, LockedPackage>>;
}

interface LockedPackage {
  readonly version?: string;
  readonly dev?: boolean;
  readonly integrity?: string;
  readonly license?: string;
}

const folder = 'node_modules/';

const purlOf = (name: string, version: string): string => `pkg:npm/${name.replace('@', '%40')}@${version}`;

/** Of an integrity as `sha512-…`, in base64. */
function hashOf(integrity: string | undefined) {
  const [, digest] = /^sha512-(.+)$/.exec(integrity ?? '') ?? [];
  if (digest === undefined) return {};
  return { hashes: [{ alg: 'SHA-512', content: Buffer.from(digest, 'base64').toString('hex') }] };
}

/** What is installed with the package, as CycloneDX 1.5 lists it: each name and version once. */
export function billOfMaterials({ packages }: LockFile, version: string) {
  const components = new Map(
    Object.entries(packages)
      .filter(([path, { dev }]) => path.startsWith(folder) && dev !== true)
      .map(([path, { version: its = '', integrity, license }]) => {
        const name = path.slice(path.lastIndexOf(folder) + folder.length);
        const purl = purlOf(name, its);
        const licenses = license === undefined ? {} : { licenses: [{ expression: license }] };
        return [
          purl,
          { type: 'library', 'bom-ref': purl, name, version: its, purl, ...hashOf(integrity), ...licenses },
        ] as const;
      }),
  );
  const name = 'pipeline-trigger';
  return {
    bomFormat: 'CycloneDX',
    specVersion: '1.5',
    version: 1,
    metadata: { component: { type: 'application', name, version, purl: purlOf(name, version) } },
    components: [...components.values()],
  };
}
