import { AppError } from '../../domain/error.ts';
import type { DesiredHook, ProjectHook } from '../../domain/project-hooks/project-hook.ts';
import { receiverOf } from '../../domain/project-hooks/receiver-url.ts';
import { withoutTrailingSlashes } from '../../domain/text.ts';
import type { HookSettings } from '../ports/project-hooks.ts';

/** The secrets that authenticate webhooks. */
export interface InstalledSecrets {
  /** Several while rotating. */
  readonly plain: readonly string[];
  readonly signing: readonly string[];
  readonly relay: readonly string[];
  /** The own secret of a project's hook, derived from the first of `plain`; null where there is none. */
  readonly ofProject: (projectId: number) => string | null;
}

/** What a caller requests for hooks, in addition to the service's configuration. */
export interface HookOptions {
  /** Address of the service, instead of PUBLIC_URL. */
  readonly url: string | null;
  /** The previous address of the service: hooks that still call it are moved. */
  readonly from: string | null;
  /** Null: keep the present setting. */
  readonly verifiesTls: boolean | null;
}

const receiver = (address: string): string => {
  const base = withoutTrailingSlashes(address);
  const whole = receiverOf('');
  return base.toLowerCase().endsWith(whole) ? base : receiverOf(base);
};

/** @throws AppError `invalid` when it is not known where GitLab is to send hooks */
export function desiredHook(
  publicUrl: string | null,
  secrets: InstalledSecrets,
  options: HookOptions,
): DesiredHook {
  const address = options.url ?? publicUrl;
  if (address === null)
    throw new AppError(
      'invalid',
      'PUBLIC_URL is not set, so nobody knows where GitLab can reach the service: set it, or give the address (--url)',
    );
  return {
    url: receiver(address),
    takesSecret: secrets.plain.length > 0,
    takesSignature: secrets.signing.length > 0,
    verifiesTls: options.verifiesTls,
    movedFrom: options.from === null ? null : receiver(options.from),
  };
}

/** @throws AppError `invalid` when the service has no secret to authenticate a hook with */
export function settingsFor(
  desired: DesiredHook,
  secrets: InstalledSecrets,
  { projectId, hook }: { readonly projectId: number; readonly hook: ProjectHook | null },
): HookSettings {
  const secret = secrets.ofProject(projectId);
  const [signingToken = null] = secrets.signing;
  if (secret === null && signingToken === null && secrets.relay.length > 0)
    throw new AppError(
      'invalid',
      'WEBHOOK_SECRET is not set: the service knows hooks by RELAY_SECRET alone, by which GitLab itself cannot sign',
    );
  const verifiesTls = desired.verifiesTls ?? hook?.verifiesTls ?? true;
  return { url: desired.url, secret, signingToken, verifiesTls };
}
