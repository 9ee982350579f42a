import { createApiKeys } from '../app/access/api-keys.ts';
import { createAudit } from '../app/access/audit.ts';
import { createAuthorizer } from '../app/access/authorize.ts';
import { createResolveProject } from '../app/access/resolve-project.ts';
import type { Clock } from '../app/ports/index.ts';
import { createApprovals } from '../app/triggers/decide-approval.ts';
import { createAuditedSteering } from '../app/triggers/audited-steering.ts';
import type { Config } from '../config/config.ts';
import { keySecrets, newKeyId } from '../store/key-secret.ts';
import type { Core } from './core.ts';
import { createInboundAuth } from './inbound-auth.ts';
import { createSignIn } from './people.ts';
import type { Telemetry } from './telemetry.ts';

interface Surroundings {
  readonly core: Core;
  readonly clock: Clock;
  /** The time of day, by which signatures are checked. */
  readonly now: () => number;
  readonly telemetry: Telemetry;
}

export type Access = ReturnType<typeof createAccess>;

/** Access: keys, authentication, limits, the policy and the audit log. */
export function createAccess(config: Config, { core, clock, now, telemetry }: Surroundings) {
  const { store, clients, engine, serviceAccess } = core;
  const { log, tracer } = telemetry;
  const audit = createAudit({ store: store.audit, clock, log });
  const keys = createApiKeys({ store: store.keys, secrets: keySecrets, newId: newKeyId, clock, audit });
  const policy = config.policy ?? { rules: [] };
  return {
    ...createInboundAuth(config, { keys, clock, now, log, tracer }),
    audit,
    keys,
    signIn: createSignIn(config, { core, clock, now, telemetry }),
    authorizer: createAuthorizer({ policy, log }),
    resolveProject: createResolveProject({
      policy,
      nameProject: clients.nameProject,
      service: serviceAccess,
    }),
    steerAs: createAuditedSteering({ steer: engine.steer, audit }),
    approvals: createApprovals({ steer: engine.steer, audit, fourEyes: config.fourEyes }),
  };
}
