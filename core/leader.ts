/** Who leads the stack (design section 9), as an instance knows it: what the web server, the sessions and the page are given. */

export interface LeaderState {
  /** Other instances could lead: the store is shared, and there are some. Without, this instance always leads. */
  readonly haEnabled: boolean;
  /** Name of the leading instance; null = nobody is known to lead. */
  readonly leader: string | null;
  readonly isSelf: boolean;
  /** Full URL under which the leader's manager is reached; null = not known. */
  readonly address: string | null;
  /** Counts leaderships, and stands in the leader's record. Null until this leadership is in the store. */
  readonly term: number | null;
  /** Full URL that this instance advertises for itself. */
  readonly ownAddress: string | null;
  /** The store fails, so that nobody can be asked who leads. */
  readonly failed: boolean;
  /** What is wrong, for a person: why nobody leads, why the leader cannot be reached, what the store says. Empty if nothing. */
  readonly text: string;
}

/** What runs on the leader alone. Starts and stops take turns: none begins before the one before has ended. */
export interface LeaderJob {
  /** For the log. */
  readonly name: string;
  /** `term`: of this leadership, higher than any before it. */
  start(term: number): void | Promise<void>;
  /** Called at once when it leads no more. */
  stop(): void | Promise<void>;
}

export interface LeaderView {
  state(): LeaderState;
  /** Told after every change. Returns the end of it. */
  onChange(listener: (state: LeaderState) => void): () => void;
  /** Runs the job whenever this instance leads, beginning now if it does. Returns its end, which stops it. */
  onLeading(job: LeaderJob): () => void;
}

/** `host:port` of a full URL, the port always named; empty for none. */
export function authorityOf(url: string | null): string {
  if (url === null || !URL.canParse(url)) return '';
  const { hostname, port, protocol } = new URL(url);
  return `${hostname}:${port === '' ? (protocol === 'http:' ? 80 : 443) : port}`;
}
