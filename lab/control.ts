/** Talks to a daemon's control socket: plain HTTP over a Unix socket, as any program of the appliance would. */
import { request } from 'node:http';

/** The body of an answer, parsed; rejects if nobody listens, the answer is late, or its status is 400 or higher. */
export function ask(
  socketPath: string,
  path: string,
  options: { readonly method?: string; readonly body?: unknown; readonly limitMs?: number } = {},
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const body = options.body === undefined ? undefined : JSON.stringify(options.body);
    const headers =
      body === undefined
        ? {}
        : { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)) };
    const call = request(
      { socketPath, path, method: options.method ?? 'GET', headers, timeout: options.limitMs ?? 5000 },
      (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (part: string) => (text += part));
        response.on('error', reject);
        response.on('end', () => {
          const status = response.statusCode ?? 0;
          if (status >= 400) reject(new Error(`${path}: ${status} ${text.trim()}`));
          else resolve(parsed(text));
        });
      },
    );
    call.on('timeout', () => call.destroy(new Error(`${path}: no answer`)));
    call.on('error', reject);
    call.end(body);
  });
}

/** One line of JSON gives a value, several give a list (the event stream). */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as unknown);
  }
}

/** Follows `GET /events`, handing on each line as parsed JSON, until the connection ends. Returns how to stop it. */
export function follow(
  socketPath: string,
  after: number,
  onEvent: (event: unknown) => void,
  onEnd: () => void = () => {},
): () => void {
  const call = request({ socketPath, path: `/events?after=${after}`, method: 'GET' }, (response) => {
    let rest = '';
    response.setEncoding('utf8');
    response.on('data', (part: string) => {
      const lines = (rest + part).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) if (line.trim() !== '') onEvent(JSON.parse(line) as unknown);
    });
    response.on('close', onEnd);
    response.on('error', () => {});
  });
  call.on('error', onEnd);
  call.end();
  return () => call.destroy();
}
