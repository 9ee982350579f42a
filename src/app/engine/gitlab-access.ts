import type { Trigger } from '../../domain/trigger/trigger.ts';
import type {
  ConnectGitLab,
  GitLab,
  GitLabAccess,
  Secrets,
  ServiceAccess,
  TriggerStore,
} from '../ports/index.ts';

/** GitLab for one trigger: its instance, with the tokens of the request or else those of the service. */
export interface TriggerAccess {
  readonly gitlab: GitLab;
  /** The token that reads: triggers that share it see the same. */
  readonly apiToken: string | null;
  /** Pipelines and jobs may be read and steered, not only created. */
  readonly mayRead: boolean;
  /** Pipelines may be created. */
  readonly mayCreate: boolean;
  /** The caller's own API token is used, which is erased with the trigger's end. */
  readonly isCallers: boolean;
  /** Pipelines are created with the service's trigger token. */
  readonly sendsServiceTriggerToken: boolean;
  /** What each rule for manual jobs sends with its plays; null once it is erased. */
  readonly manualVariables: Secrets['manualVariables'] | null;
}

export type AccessFor = (trigger: Trigger) => Promise<TriggerAccess>;

interface Deps {
  readonly store: Pick<TriggerStore, 'secretsOf'>;
  readonly connectGitLab: ConnectGitLab;
  readonly service: ServiceAccess;
}

/** The service sends its own tokens to its own GitLab only: a request for another instance must bring its own. */
export const createGitLabAccess = ({ store, connectGitLab, service }: Deps): AccessFor =>
  async function accessFor({ id, request }) {
    const secrets = await store.secretsOf(id);
    const own = request.gitlabUrl === service.gitlabUrl ? service : { apiToken: null, triggerToken: null };
    const access: GitLabAccess = {
      url: request.gitlabUrl,
      apiToken: secrets?.apiToken ?? own.apiToken,
      // Where the caller brought an API token, the service's trigger token must not replace it.
      triggerToken: secrets?.triggerToken ?? (secrets?.apiToken == null ? own.triggerToken : null),
    };
    return {
      gitlab: connectGitLab(access),
      apiToken: access.apiToken,
      mayRead: access.apiToken !== null,
      mayCreate: access.apiToken !== null || access.triggerToken !== null,
      isCallers: secrets?.apiToken != null,
      sendsServiceTriggerToken: access.triggerToken !== null && secrets?.triggerToken == null,
      manualVariables: secrets === null ? null : secrets.manualVariables,
    };
  };
