/** What the service answers about hooks. Source: `/openapi.json` */
export interface HookJson {
  readonly id: number;
  readonly url: string;
  readonly pipelineEvents: boolean;
  readonly jobEvents: boolean;
  readonly pushEvents: boolean;
  readonly verifiesTls: boolean;
  readonly hasSecret: boolean | null;
  readonly isSigned: boolean | null;
  readonly status: string;
  readonly disabledUntil: string | null;
}

export interface FindingJson {
  readonly code: string;
  readonly severity: 'error' | 'warning' | 'hint';
  readonly hookId: number | null;
  readonly text: string;
  readonly remedy: string;
}

export interface ReportJson {
  readonly project: string;
  readonly hook: HookJson | null;
  readonly isOfGroup: boolean;
  readonly hooks: readonly HookJson[];
  readonly findings: readonly FindingJson[];
}

interface TestJson {
  readonly outcome: 'passed' | 'failed' | 'not_tested';
  readonly words: string | null;
}

export interface InstallJson extends ReportJson {
  readonly result: 'created' | 'repaired' | 'unchanged';
  readonly test: TestJson;
  readonly note: string | null;
}

export interface DoctorJson extends ReportJson {
  readonly repaired: readonly FindingJson[];
  readonly test: TestJson | null;
  readonly note: string | null;
  readonly resent: {
    readonly arrived: number;
    readonly refused: readonly string[];
    readonly retryAfterSeconds: number | null;
  } | null;
}

export interface RemovedJson {
  readonly project: string;
  readonly removed: readonly number[];
}

/** Whether news arrive. */
export const isWell = ({ findings }: Pick<ReportJson, 'findings'>): boolean =>
  findings.every(({ severity }) => severity !== 'error');

export const isGood = (installed: InstallJson): boolean =>
  installed.test.outcome !== 'failed' && isWell(installed);
