import type { Command } from 'commander';
import type { ApiKeys } from '../../app/access/api-keys.ts';
import type { PolicyDecision } from '../../app/access/explain-policy.ts';
import type { Actor } from '../../domain/access/caller.ts';
import type { DoctorFinding } from '../../domain/doctor-finding.ts';
import type { TokenAccount } from '../../domain/token-rights.ts';

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

/** What was taken along to another database. */
export interface Migrated {
  /** How many rows each table has. */
  readonly rows: Readonly<Record<string, number>>;
  /** The file of the key that ENCRYPTION_KEY is to hold from now on; null where it does. */
  readonly keyFile: string | null;
}

/** What `init` is to check and to write. */
export interface SetUpOrder {
  readonly gitlabUrl: string;
  readonly gitlabToken: string;
  readonly publicUrl: string | null;
  /** The new file of settings. */
  readonly file: string;
}

/** What `init` has found and written. */
export interface SetUp {
  readonly file: string;
  readonly gitlabUrl: string;
  /** Null where GitLab takes the token and does not say what it may do. */
  readonly account: TokenAccount | null;
  readonly findings: readonly DoctorFinding[];
}

/** The operator's commands on the database itself, while the service runs or not. */
export interface OpenDatabase {
  readonly keys: ApiKeys;
  /** The operator, for the audit log. */
  readonly operator: Actor;
  /** Removes finished triggers and deliveries older than so many days, RETENTION_DAYS unless given; or only counts them. */
  readonly prune: (options: { readonly days: number | null; readonly dryRun: boolean }) => Promise<Pruned>;
  readonly close: () => Promise<void>;
}

/** The parts of the program that commands use, each loaded on demand. */
export interface Parts {
  readonly serve: () => Promise<void>;
  /** @returns whether it succeeded */
  readonly demo: (print: (text: string) => void) => Promise<boolean>;
  readonly simulator: (
    options: { readonly port: number; readonly scenario: string | undefined },
    print: (text: string) => void,
  ) => Promise<void>;
  /** @throws Failure naming the wrong file */
  readonly checkPolicy: (files: {
    readonly policy: string;
    readonly claims: string;
    readonly request: string;
  }) => Promise<PolicyDecision>;
  /** The user and the machine, in place of a reason. */
  readonly whoami: () => Promise<string>;
  /** Copies the database that the environment names. @throws ConfigError, AppError */
  readonly backUp: (to: string, options: { readonly force: boolean }) => Promise<Backup>;
  /** Copies a SQLite database to PostgreSQL. @throws ConfigError, AppError */
  readonly migrate: (
    urls: { readonly from: string; readonly to: string },
    progress: (table: string, rows: number) => void,
  ) => Promise<Migrated>;
  /** Checks a GitLab and a token, and writes a new file of settings. @throws ConfigError, AppError */
  readonly setUp: (order: SetUpOrder) => Promise<SetUp>;
  /** The findings. */
  readonly doctor: () => Promise<readonly DoctorFinding[]>;
  /** The database that the environment names; made where that is wanted and DATABASE_URL is set. @throws ConfigError */
  readonly openDatabase: (options: { readonly mayMake: boolean }) => Promise<OpenDatabase>;
}

/** The environment of a command. */
export interface Context {
  readonly env: CommandEnvironment;
  readonly stdout: CommandOutput;
  readonly stderr: CommandOutput;
  /** Asks the operator at the terminal; null without a terminal. */
  readonly ask: ((question: string, options?: { readonly isSecret: boolean }) => Promise<string>) | null;
  readonly parts: Parts;
}

/** Declares a group of commands: arguments, options, examples and actions. */
export type Register = (program: Command, context: Context) => void;
