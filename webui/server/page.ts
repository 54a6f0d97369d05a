/** The page as it was built: files compressed at the build, names with a hash kept for ever, everything else asked for again. */
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** Vite puts what has a hash in its name in there. */
const HASHED = /\/assets\/[^/]+$/;
const NOT_THE_PAGE = /^\/(api|v1|metrics|healthz)(\/|$|\?)/;

/** `missing` answers what is neither a route nor a screen of the page. */
export async function addPage(
  app: FastifyInstance,
  folder: string,
  missing: (request: FastifyRequest, reply: FastifyReply) => void,
): Promise<void> {
  const built = existsSync(join(folder, 'index.html'));
  if (built) {
    await app.register(fastifyStatic, {
      root: folder,
      preCompressed: true,
      cacheControl: false,
      dotfiles: 'ignore',
      setHeaders(reply, path) {
        const kept = HASHED.test(path) ? 'public, max-age=31536000, immutable' : 'no-cache';
        reply.setHeader('cache-control', kept);
        reply.setHeader('vary', 'accept-encoding');
      },
    });
  }
  app.setNotFoundHandler((request, reply) => {
    if (request.method !== 'GET' || NOT_THE_PAGE.test(request.url) || !wantsPage(request)) {
      return missing(request, reply);
    }
    if (built) return reply.sendFile('index.html');
    return reply.code(503).type('text/plain; charset=utf-8').send('the page is not built: npm run build\n');
  });
}

/** A screen of the page is asked for by a browser; a file that is missing is none. */
function wantsPage({ headers, url }: FastifyRequest): boolean {
  const file = /\.[a-z0-9]{1,8}$/i.test(url.split('?', 1)[0] ?? '');
  return !file && (headers.accept ?? '').includes('text/html');
}
