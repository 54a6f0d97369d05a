/** What the web server says to the log: one line each, nothing secret, control characters escaped by whoever brings text from outside. */
export interface Log {
  info(text: string): void;
  warn(text: string): void;
  error(text: string): void;
}
