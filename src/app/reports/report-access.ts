import { AppError } from '../../domain/error.ts';
import type { ReportRequest } from '../../domain/trigger/report.ts';
import type { Trigger, TriggerRequest } from '../../domain/trigger/trigger.ts';
import type { ConnectGitLab, GitLab, ServiceAccess } from '../ports/index.ts';

/**
 * GitLab as all reports of the service see it: GitLab lets only the user who has set a status change it, so one token
 * posts them all, and the caller's is erased before the last one. Null where the service has none.
 */
export type ReportAccess = (trigger: Trigger) => GitLab | null;

interface Deps {
  readonly connectGitLab: ConnectGitLab;
  readonly service: ServiceAccess;
}

const canReport = ({ gitlabUrl, apiToken }: ServiceAccess, url: string): boolean =>
  apiToken !== null && gitlabUrl === url;

export const createReportAccess = ({ connectGitLab, service }: Deps): ReportAccess =>
  function reportAccess({ request }) {
    return canReport(service, request.gitlabUrl)
      ? connectGitLab({ url: request.gitlabUrl, apiToken: service.apiToken, triggerToken: null })
      : null;
  };

/**
 * Refuses what could never be reported.
 * @throws AppError `invalid`
 */
export function checkReport(
  { report, upstream, gitlabUrl }: TriggerRequest & { readonly report?: ReportRequest },
  service: ServiceAccess,
): void {
  if (report === undefined) return;
  if (upstream === null) throw new AppError('invalid', 'report: needs upstream, the pipeline to report to');
  if (!canReport(service, gitlabUrl))
    throw new AppError('invalid', 'report: the service has no GITLAB_TOKEN for this GitLab');
}
