import type { HookInstallView, HookReportView } from '../../../api/hook-view.ts';

/** Whether the webhooks of a project arrive. */
export const isWell = ({ findings }: Pick<HookReportView, 'findings'>): boolean =>
  findings.every(({ severity }) => severity !== 'error');

export const isGood = (installed: HookInstallView): boolean =>
  installed.test.outcome !== 'failed' && isWell(installed);
