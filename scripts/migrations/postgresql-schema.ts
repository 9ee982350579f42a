const head = `// Written by \`npm run migration\` from prisma/schema.prisma: change that one.
// It is what the migrations beside it lead to.

`;

/**
 * The schema for PostgreSQL, of the one for SQLite: Prisma's schema has one provider. Numbers that count rows have 64
 * bits there as well; what only PostgreSQL needs is in comments.
 */
export const postgresqlSchema = (sqlite: string): string =>
  head +
  sqlite
    .replace(/^\/\/ (?!postgresql:).*\n(?=\/\/ `npm run migration`)/m, '')
    .replace(/^\/\/ `npm run migration`.*\n\n/m, '')
    .replace('"../src/store/generated"', '"../../src/store/generated-postgresql"')
    .replace('provider = "sqlite"', 'provider = "postgresql"')
    .replaceAll(/\bInt(\s+@id @default\(autoincrement\(\)\))/g, 'BigInt$1')
    .replaceAll(/^\/\/ postgresql: ?/gm, '');
