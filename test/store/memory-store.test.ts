import { createMemoryStore } from '../../src/store/memory-store.ts';
import { storeContract } from '../contracts/store-contract.ts';

storeContract('in memory', () => Promise.resolve(createMemoryStore()));
