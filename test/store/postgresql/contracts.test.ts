import { afterAll, beforeAll, describe, onTestFinished } from 'vitest';
import { parsePayload } from '../../../src/gitlab/webhooks/parse-payload.ts';
import type { Store } from '../../../src/store/open-store.ts';
import { openStore } from '../../../src/store/open-store.ts';
import { auditContract } from '../../contracts/audit-contract.ts';
import { historyContract } from '../../contracts/history-contract.ts';
import { statisticsContract } from '../../contracts/statistics-contract.ts';
import { storeContract } from '../../contracts/store-contract.ts';
import { hasPostgresql } from '../../support/find-postgresql.ts';
import type { TestDatabase } from '../../support/postgresql.ts';
import { createTestDatabase } from '../../support/postgresql.ts';

describe.skipIf(!hasPostgresql)('PostgreSQL', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterAll(() => database.drop());

  async function open(): Promise<Store> {
    await database.empty();
    const store = await openStore({ url: database.url, encryptionKeys: [Buffer.alloc(32, 1)], parsePayload });
    onTestFinished(() => store.close());
    return store;
  }
  storeContract('Prisma on PostgreSQL', open);
  auditContract('Prisma on PostgreSQL', open);
  historyContract('Prisma on PostgreSQL', open);
  statisticsContract('Prisma on PostgreSQL', open);
});
