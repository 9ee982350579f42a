import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import type { LockFile } from '../../../scripts/release/bill-of-materials.ts';
import { billOfMaterials } from '../../../scripts/release/bill-of-materials.ts';
import { repository } from '../../support/repository.ts';

test('lists what is installed with the package, each version once, and nothing for development', () => {
  const bill = billOfMaterials(
    {
      packages: {
        '': { version: '1.0.0' },
        'node_modules/@a/b': { version: '2.0.0', integrity: 'sha512-AAEC', license: 'MIT' },
        'node_modules/c/node_modules/@a/b': { version: '2.0.0', integrity: 'sha512-AAEC', license: 'MIT' },
        'node_modules/c/node_modules/d': { version: '3.0.0' },
        'node_modules/test': { version: '4.0.0', dev: true },
      },
    },
    '1.0.0',
  );
  expect(bill).toMatchObject({
    bomFormat: 'CycloneDX',
    metadata: { component: { name: 'pipeline-trigger', version: '1.0.0' } },
  });
  expect(bill.components).toEqual([
    {
      type: 'library',
      'bom-ref': 'pkg:npm/%40a/b@2.0.0',
      name: '@a/b',
      version: '2.0.0',
      purl: 'pkg:npm/%40a/b@2.0.0',
      hashes: [{ alg: 'SHA-512', content: '000102' }],
      licenses: [{ expression: 'MIT' }],
    },
    { type: 'library', 'bom-ref': 'pkg:npm/d@3.0.0', name: 'd', version: '3.0.0', purl: 'pkg:npm/d@3.0.0' },
  ]);
});

test('lists every dependency of package.json', () => {
  const read = (file: string): unknown => JSON.parse(readFileSync(path.join(repository, file), 'utf8'));
  const names = billOfMaterials(read('package-lock.json') as LockFile, '1.0.0').components.map(
    ({ name }) => name,
  );
  const { dependencies } = read('package.json') as { dependencies: Readonly<Record<string, string>> };
  expect(names).toEqual(expect.arrayContaining(Object.keys(dependencies)));
});
