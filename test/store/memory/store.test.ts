import { createMemoryStore } from '../../../src/store/memory/store.ts';
import { auditContract } from '../../contracts/audit-contract.ts';
import { historyContract } from '../../contracts/history-contract.ts';
import { storeContract } from '../../contracts/store-contract.ts';

storeContract('in memory', () => Promise.resolve(createMemoryStore()));
auditContract('in memory', () => Promise.resolve(createMemoryStore()));
historyContract('in memory', () => Promise.resolve(createMemoryStore()));
