import type { Dialect } from '../dialect.ts';
import { Prisma } from '../generated-postgresql/client.ts';

export const postgresqlDialect: Dialect = {
  // An array, which indexes are searched for; after OR a subquery is compared with every row.
  inTexts: (values) =>
    Prisma.sql`= ANY(ARRAY(SELECT json_array_elements_text(${JSON.stringify(values)}::json)))`,
  inNumbers: (values) =>
    Prisma.sql`= ANY(ARRAY(SELECT json_array_elements_text(${JSON.stringify(values)}::json)::bigint))`,
  isFalse: (column) => Prisma.sql`NOT ${column}`,
};
