/** Imports point inward: http, dashboard, cli, admin, gitlab, callbacks, store -> app -> domain. Adapters do not import each other. */
/** What each room may import of the others. */
const mayImport = {
  domain: [],
  app: ['domain'],
  http: ['web', 'app', 'domain'],
  dashboard: ['web', 'app', 'domain'],
  web: ['app', 'domain'],
  cli: ['client', 'app', 'domain'],
  admin: ['client', 'app', 'domain'],
  client: ['domain'],
  gitlab: ['app', 'domain'],
  callbacks: ['app', 'domain'],
  config: ['callbacks', 'app', 'domain'],
  store: ['app', 'domain'],
  telemetry: ['web', 'app', 'domain'],
  simulator: [],
  demo: [],
};

const toRooms = (names) => `^src/(${names.join('|')})/`;

const roomRules = Object.entries(mayImport).map(([room, allowed]) => ({
  name: `${room}-imports-inward`,
  comment: `src/${room}/ may import ${allowed.length > 0 ? allowed.join(' and ') : 'no other room'}`,
  severity: 'error',
  from: { path: `^src/${room}/` },
  to: { path: '^src/', pathNot: toRooms([room, ...allowed]) },
}));

module.exports = {
  forbidden: [
    ...roomRules,
    {
      name: 'domain-is-pure',
      comment: 'src/domain/ knows no library and nothing of Node',
      severity: 'error',
      from: { path: '^src/domain/' },
      to: { pathNot: '^src/domain/' },
    },
    {
      name: 'app-knows-no-library',
      comment: 'src/app/ speaks to the world through its ports only',
      severity: 'error',
      from: { path: '^src/app/' },
      to: { pathNot: '^src/(app|domain)/' },
    },
    {
      name: 'opentelemetry-in-its-room',
      comment: 'only src/telemetry/tracing/ speaks to OpenTelemetry; the rest knows app/tracer.ts',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/telemetry/tracing/' },
      to: { path: 'node_modules/@opentelemetry/' },
    },
    {
      name: 'tracing-is-loaded-when-wanted',
      comment: 'where tracing is off nothing of it is loaded: outside it is imported by import() only',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/telemetry/tracing/' },
      to: { path: '^src/telemetry/tracing/', dynamic: false, dependencyTypesNot: ['type-only'] },
    },
    { name: 'no-circles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'only-compose-knows-adapters',
      comment:
        'compose.ts wires the service, with compose-callers.ts and compose-calls.ts, compose-standalone.ts the command without one, compose-database.ts the rest; api.ts names types',
      severity: 'error',
      from: {
        path: '^src/[^/]+\\.ts$',
        pathNot: '^src/(api|compose(-callers|-calls|-standalone|-database|-policy)?)\\.ts$',
      },
      to: { path: toRooms(['http', 'dashboard', 'telemetry', 'gitlab', 'store']) },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^src/store/generated/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { extensions: ['.ts', '.js'], conditionNames: ['import', 'node', 'default'] },
  },
};
