import type { Command } from 'commander';
import type { ApiKeys } from '../../app/access/api-keys.ts';
import type { PolicyDecision } from '../../app/access/explain-policy.ts';
import type { Actor } from '../../domain/access/caller.ts';
import type { DoctorFinding } from '../../domain/doctor-finding.ts';

export type CommandEnvironment = Readonly<Record<string, string | undefined>>;

/** The part of a stream that is used; `process.stdout` is one. */
export interface CommandOutput {
  readonly write: (text: string) => unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/** What was removed, or would be. */
export interface Pruned {
  readonly days: number;
  readonly triggers: number;
  readonly deliveries: number;
}

/** A copy of the database. */
export interface Backup {
  readonly database: string;
  readonly bytes: number;
  /** The file of the key without which the secrets in it cannot be read; null where ENCRYPTION_KEY holds it. */
  readonly keyFile: string | null;
}

/** What the operator's commands do to the database itself, whether the service runs or not. */
export interface OpenDatabase {
  readonly keys: ApiKeys;
  /** Who does it, for the audit log. */
  readonly operator: Actor;
  /** Removes finished triggers and deliveries older than so many days, RETENTION_DAYS unless given; or only counts them. */
  readonly prune: (options: { readonly days: number | null; readonly dryRun: boolean }) => Promise<Pruned>;
  readonly close: () => Promise<void>;
}

/** What commands need of the rest of the program. Each loads only what it takes. */
export interface Parts {
  readonly serve: () => Promise<void>;
  /** @returns whether it went as it should */
  readonly demo: (print: (text: string) => void) => Promise<boolean>;
  readonly simulator: (
    options: { readonly port: number; readonly scenario: string | undefined },
    print: (text: string) => void,
  ) => Promise<void>;
  /** @throws Failure naming the file that is not what it should be */
  readonly checkPolicy: (files: {
    readonly policy: string;
    readonly claims: string;
    readonly request: string;
  }) => Promise<PolicyDecision>;
  /** The user and the machine, for reasons that nobody gave. */
  readonly whoami: () => Promise<string>;
  /** Copies the database that the environment names. @throws ConfigError, AppError */
  readonly backUp: (to: string, options: { readonly force: boolean }) => Promise<Backup>;
  /** What is not as it should be. */
  readonly doctor: () => Promise<readonly DoctorFinding[]>;
  /** The database that the environment names. @throws ConfigError */
  readonly openDatabase: () => Promise<OpenDatabase>;
}

/** What a command has to work with. */
export interface Context {
  readonly env: CommandEnvironment;
  readonly stdout: CommandOutput;
  readonly stderr: CommandOutput;
  /** Asks the operator at the terminal; null without a terminal. */
  readonly ask: ((question: string) => Promise<string>) | null;
  readonly parts: Parts;
}

/** Declares a group of commands: their arguments, options, examples, and what they do. */
export type Register = (program: Command, context: Context) => void;
