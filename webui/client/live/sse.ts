/** Server-sent events from pieces of text. Own, because EventSource tells neither heartbeats nor the status of a refusal. Pure. */

export interface StreamMessage {
  readonly event: string;
  readonly data: string;
}

/** Gives the messages that a piece completes. */
export type SseReader = (piece: string) => readonly StreamMessage[];

/** More than this without the end of a line is no stream of ours. */
const LONGEST = 16 * 1024 * 1024;

export function createSseReader(): SseReader {
  let rest = '';
  let event = '';
  let data: string[] = [];

  function line(text: string): StreamMessage | null {
    if (text === '') {
      const message = data.length === 0 ? null : { event: event === '' ? 'message' : event, data: data.join('\n') };
      event = '';
      data = [];
      return message;
    }
    const colon = text.indexOf(':');
    const name = colon < 0 ? text : text.slice(0, colon);
    const value = colon < 0 ? '' : text.slice(colon + 1).replace(/^ /, '');
    if (name === 'event') event = value;
    else if (name === 'data') data.push(value);
    // A comment has no name: it is a heartbeat, and nothing to tell.
    return null;
  }

  return (piece) => {
    const lines = (rest + piece).split(/\r?\n/);
    rest = lines.pop() ?? '';
    if (rest.length > LONGEST) throw new Error('the stream sends a line without an end');
    return lines.map(line).filter((message) => message !== null);
  };
}
