/** Structured facts beside a log message: ids and numbers, never secrets or payloads. */
export type LogFields = Readonly<Record<string, unknown>>;

/** Where parts report what an operator may want to read. Silent by default. */
export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** A logger that adds `fields` to every message. */
  child(fields: LogFields): Logger;
}

/** Discards everything. */
export const silentLogger: Logger = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  child: () => silentLogger,
};
