import type { Dialect } from '../dialect.ts';
import { Prisma } from '../generated-postgresql/client.ts';

export const postgresqlDialect: Dialect = {
  // An array, which indexes are searched for; after OR a subquery is compared with every row.
  inTexts: (values) =>
    Prisma.sql`= ANY(ARRAY(SELECT json_array_elements_text(${JSON.stringify(values)}::json)))`,
  inNumbers: (values) =>
    Prisma.sql`= ANY(ARRAY(SELECT json_array_elements_text(${JSON.stringify(values)}::json)::bigint))`,
  // In one order, so that no two wait for each other.
  waitFor: (names) => Prisma.sql`
    SELECT pg_advisory_xact_lock(hashtextextended("name", 0)) FROM (
      SELECT json_array_elements_text(${JSON.stringify(names.toSorted())}::json) AS "name") AS "named"`,
  isFalse: (column) => Prisma.sql`NOT ${column}`,
};
