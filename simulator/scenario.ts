import { z } from 'zod';

const result = z.enum(['success', 'failed', 'canceled']);

/** How a job runs by itself. Unscripted jobs take a short while and succeed, unless their script says `exit 1`. */
const jobScript = z.strictObject({
  queueMs: z.number().nonnegative().optional(),
  durationMs: z.number().nonnegative().optional(),
  result: result.optional(),
  /** One result for each attempt; the last one stays. For flaky jobs. */
  results: z.array(result).min(1).optional(),
  failureReason: z.string().default('script_failure'),
  /** One reason for each attempt; the last one stays. */
  failureReasons: z.array(z.string()).min(1).optional(),
  trace: z.string().optional(),
  /** The text of its dotenv report; of a list, one for each attempt, and the last one stays. */
  dotenv: z
    .union([z.string(), z.array(z.string()).min(1)])
    .nullable()
    .default(null),
  /** The files of its archive by their paths; null: there is none. */
  artifacts: z.record(z.string(), z.string()).nullable().default(null),
  /** Answered with 403, as `artifacts:access` can have it. */
  privateArtifacts: z.boolean().default(false),
  expiredArtifacts: z.boolean().default(false),
  /** How long a canceled job is `canceling` before it is `canceled`. */
  cancelingMs: z.number().nonnegative().default(0),
});

export const roles = ['guest', 'reporter', 'developer', 'maintainer', 'owner'] as const;

const user = z.strictObject({
  username: z.string().min(1),
  name: z.string().optional(),
  token: z.string().min(1),
  tokenName: z.string().default('token'),
  scopes: z.array(z.string()).default(['api']),
  /** The day at whose beginning (UTC) the token is of no use any more. */
  tokenExpiresAt: z.iso.date().nullable().default(null),
  admin: z.boolean().default(false),
  /** Role by path of a project, or of a group and all below it. A project with no role is not visible to the user. */
  roles: z.record(z.string(), z.enum(roles)).default({}),
  /** `gone`: the account was deleted. */
  state: z.enum(['active', 'blocked', 'banned', 'deactivated', 'gone']).default('active'),
});

/** An application that people sign in to with this GitLab. */
const application = z.strictObject({
  id: z.string().min(1),
  name: z.string().default('application'),
  secret: z.string().min(1),
  redirectUris: z.array(z.url()).min(1),
  scopes: z.array(z.string()).default(['openid', 'profile']),
});

export type Application = z.infer<typeof application>;
export type User = z.infer<typeof user>;

function isWebAddress(text: string): boolean {
  return /^https?:/.test(text) && URL.canParse(text);
}

/** What `POST /hooks` takes too, so names are GitLab's. */
export const hookSettings = z.object({
  url: z.string().refine(isWebAddress, 'Invalid url given'),
  name: z.string().default(''),
  description: z.string().default(''),
  pipeline_events: z.boolean().default(false),
  job_events: z.boolean().default(false),
  push_events: z.boolean().default(true),
  enable_ssl_verification: z.boolean().default(true),
  token: z.string().nullable().default(null),
  signing_token: z
    .string()
    .regex(/^whsec_[A-Za-z0-9+/]{43}=$/)
    .nullable()
    .default(null),
  custom_headers: z.array(z.object({ key: z.string(), value: z.string() })).default([]),
  custom_webhook_template: z.string().nullable().default(null),
  push_events_branch_filter: z.string().nullable().default(null),
});
export type HookSettings = z.infer<typeof hookSettings>;
export type HookSettingsInput = z.input<typeof hookSettings>;

const triggerToken = z.union([
  z.string().min(1),
  z.strictObject({ token: z.string().min(1), owner: z.string() }),
]);

const allowed = z.enum(['no one', 'developer', 'maintainer', 'admin']);

/** Names may hold `*`, as GitLab's wildcards do. */
const protectedBranch = z.strictObject({
  name: z.string().min(1),
  allowedToPush: allowed.default('maintainer'),
  allowedToMerge: allowed.default('maintainer'),
});
const protectedTag = z.strictObject({
  name: z.string().min(1),
  allowedToCreate: allowed.default('maintainer'),
});

const project = z.strictObject({
  id: z.number().int().positive(),
  path: z.string().regex(/^[^/]+(\/[^/]+)+$/, 'a project path is group/project'),
  name: z.string().optional(),
  description: z.string().default(''),
  /** Paths that the project had before it was moved or renamed. */
  formerPaths: z.array(z.string()).default([]),
  defaultBranch: z.string().default('main'),
  branches: z.array(z.string()).default([]),
  tags: z.array(z.string()).default([]),
  /** True: nothing was pushed yet, so there is no branch. */
  emptyRepository: z.boolean().default(false),
  /** Null: the default branch, for maintainers, as GitLab protects it unless an administrator says otherwise. */
  protectedBranches: z.array(protectedBranch).nullable().default(null),
  protectedTags: z.array(protectedTag).default([]),
  /** The `.gitlab-ci.yml`, as text or already parsed; without one no pipeline can be made. */
  ci: z
    .union([z.string(), z.record(z.string(), z.unknown())])
    .nullable()
    .default(null),
  /** Configurations that `trigger:include` names. */
  includes: z.record(z.string(), z.union([z.string(), z.record(z.string(), z.unknown())])).default({}),
  triggerTokens: z.array(triggerToken).default([]),
  hooks: z.array(hookSettings).default([]),
  jobs: z.record(z.string(), jobScript).default({}),
  /** False: jobs stay where they are until a test moves them. */
  autoRun: z.boolean().default(true),
  archived: z.boolean().default(false),
  refusesPipelineVariables: z.boolean().default(false),
  /** Playing a job of these environments is answered with 403. */
  protectedEnvironments: z.array(z.string()).default([]),
});
export type ProtectedBranch = z.infer<typeof protectedBranch>;
export type AllowedTo = z.infer<typeof allowed>;
export type ProjectScenario = z.infer<typeof project>;

export const scenarioSchema = z.strictObject({
  users: z.array(user).default([]),
  applications: z.array(application).default([]),
  projects: z.array(project).min(1),
  defaultJob: z
    .strictObject({ queueMs: z.number().nonnegative(), durationMs: z.number().nonnegative() })
    .default({ queueMs: 20, durationMs: 100 }),
  /** How the trigger endpoint answers a broken configuration: newer GitLab 422, older 201 with a failed pipeline. */
  configErrorAnswers: z.enum(['422', '201']).default('422'),
  /** False: `trigger_jobs` is 404, as before GitLab 19.2. */
  knowsTriggerJobs: z.boolean().default(true),
  /** Off on self-managed GitLab unless an administrator switches it on. */
  autoDisableHooks: z.boolean().default(true),
  /** How often a minute a user may have a project's hooks tested, and events sent again; null for as often as they like. */
  hookCallsPerMinute: z.number().int().positive().nullable().default(5),
  /** How many hooks a project and a group may have; administrators change both. */
  mostHooks: z
    .strictObject({ project: z.number().int().positive(), group: z.number().int().positive() })
    .default({ project: 100, group: 50 }),
  /** Hooks of groups; null: this GitLab has none (they are Premium). */
  groupHooks: z
    .array(hookSettings.extend({ group: z.string() }))
    .nullable()
    .default(null),
  /** How many pipelines a user may create a minute for one commit of a project: 25 on GitLab.com; null: any number. */
  pipelinesPerMinute: z.number().int().positive().nullable().default(null),
  /** How many jobs and statuses a pipeline may have; 0: any number. */
  mostJobs: z.number().int().nonnegative().default(0),
  /** Where GitLab is below its host, such as `/gitlab`. */
  relativeUrlRoot: z
    .string()
    .regex(/^(\/[\w.-]+)*$/)
    .default(''),
  /** The URL of an object storage that downloads are redirected to; null: GitLab sends files itself. */
  artifactStorage: z.url().nullable().default(null),
  rateLimit: z
    .strictObject({ requests: z.number().int().positive(), periodSeconds: z.number().positive() })
    .nullable()
    .default(null),
});

/** What a simulated GitLab contains, with all defaults filled in. */
export type Scenario = z.infer<typeof scenarioSchema>;

/** A scenario as one writes it. */
export type ScenarioInput = z.input<typeof scenarioSchema>;
