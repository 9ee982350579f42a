declare const brand: unique symbol;

/** A primitive that only a parser may produce, so that two kinds of id cannot be mixed up. */
export type Brand<T, Name extends string> = T & { readonly [brand]: Name };

/** Ours: one request to run a pipeline, `trg_…`. */
export type TriggerId = Brand<string, 'TriggerId'>;

/** Ours: several triggers with one verdict, `grp_…`. */
export type GroupId = Brand<string, 'GroupId'>;

/** Ours: one HTTP request from GitLab, `dlv_…`; the same for every repetition of it. */
export type DeliveryId = Brand<string, 'DeliveryId'>;

/** GitLab's: unique in one GitLab instance (`iid` is the one per project). */
export type PipelineId = Brand<number, 'PipelineId'>;

/** GitLab's: unique in one GitLab instance; a retried job gets a new one. */
export type JobId = Brand<number, 'JobId'>;

const ours = { triggerId: /trg_[\da-f]{32}/, deliveryId: /dlv_[\da-f]{32}/, callbackId: /cbk_[\da-f]{32}/ };

/** The ids of ours that a text holds, by the names that log lines give them. */
export const idsIn = (text: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(ours).flatMap(([name, pattern]) => {
      const found = pattern.exec(text)?.[0];
      return found === undefined ? [] : [[name, found]];
    }),
  );

/** The variable that identifies our pipelines: in webhooks, and in GitLab's lists after an answer was lost. */
export const triggerIdVariable = 'PIPELINE_TRIGGER_ID';
