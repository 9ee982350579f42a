/** Structured log lines, as pino writes them. Nothing secret may be given to it. */
export interface Log {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}
