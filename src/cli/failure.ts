/** What a process of this command exits with. Sources: ANCESTOR, section 2; CONTRACT, section 4. */
export const exitCodes = {
  success: 0,
  failed: 1,
  usage: 2,
  unknown: 2,
  canceled: 3,
  skipped: 4,
  manual: 5,
  deadline: 6,
} as const;

/** The command ends here, with one line for whoever reads the log. */
export class Failure extends Error {
  readonly exitCode: number;

  constructor(message: string, exitCode: number = exitCodes.failed) {
    super(message);
    this.name = 'Failure';
    this.exitCode = exitCode;
  }
}
