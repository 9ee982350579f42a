import { hasWarnings } from '../engine/composite.ts';
import type { CiPipeline } from '../engine/model.ts';
import { latestJobs } from '../engine/model.ts';
import type { Status } from '../engine/status.ts';

type Words = { readonly text: string; readonly label: string; readonly group: string };

/** What GitLab's pages call a pipeline status, where they do not call it by its name. */
const words: Partial<Record<Status, Words>> = {
  success: { text: 'Passed', label: 'passed', group: 'success' },
  manual: { text: 'Blocked', label: 'waiting for manual action', group: 'manual' },
  scheduled: { text: 'Scheduled', label: 'waiting for delayed job', group: 'scheduled' },
  waiting_for_resource: { text: 'Waiting', label: 'waiting for resource', group: 'waiting-for-resource' },
};
const withWarnings: Words = {
  text: 'Warning',
  label: 'passed with warnings',
  group: 'success-with-warnings',
};

/** The words for the status of a pipeline. A success that hides an allowed failure says so here only. */
export function wordsFor(pipeline: CiPipeline): Words {
  const { status } = pipeline;
  const counted = latestJobs(pipeline).map((job) => ({
    status: job.status,
    allowFailure: job.definition.allowFailure,
  }));
  if (status === 'success' && hasWarnings(counted)) return withWarnings;
  const text = status.charAt(0).toUpperCase() + status.slice(1);
  return words[status] ?? { text, label: status, group: status };
}

/** The `detailed_status` object of the API. */
export function detailedStatus(pipeline: CiPipeline, detailsPath: string): Record<string, unknown> {
  const { text, label, group } = wordsFor(pipeline);
  return {
    icon: group === 'success-with-warnings' ? 'status_warning' : `status_${pipeline.status}`,
    text,
    label,
    group,
    tooltip: label,
    has_details: true,
    details_path: detailsPath,
    illustration: null,
    favicon: `/assets/ci_favicons/favicon_status_${pipeline.status}.png`,
  };
}
