/** The application: plugins, guard, routes, errors. It listens nowhere; server.ts gives it requests. */
import cookie from '@fastify/cookie';
import helmet from '@fastify/helmet';
import type { FastifyHelmetOptions } from '@fastify/helmet';
import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import fastify from 'fastify';
import type { FastifyInstance, FastifyServerFactory } from 'fastify';
import { jsonSchemaTransform, validatorCompiler } from 'fastify-type-provider-zod';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { addressOf } from './access/identity.ts';
import { addErrorAnswers, answer } from './answers.ts';
import type { ErrorContext } from './answers.ts';
import type { WebContext } from './context.ts';
import { ApiFailure } from './errors.ts';
import { addGuard, demandAccess } from './guard.ts';
import { addPage } from './page.ts';
import type { Route } from './route.ts';
import { allRoutes } from './routes/all.ts';

export const BODY_LIMIT = 64 * 1024;

export type Handler = (request: IncomingMessage, response: ServerResponse) => void;

export interface App {
  readonly fastify: FastifyInstance;
  /** What a listener hands its requests to. */
  readonly handler: Handler;
}

export interface AppOptions {
  readonly context: WebContext;
  readonly isLocal: (socket: Socket) => boolean;
  /** Folder of the page as it was built. */
  readonly pageFolder: string;
}

/** Nothing from elsewhere and nothing inline; what Swagger UI draws are data: images. */
const HELMET: FastifyHelmetOptions = {
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      defaultSrc: ["'self'"],
      baseUri: ["'none'"],
      formAction: ["'self'"],
      frameAncestors: ["'none'"],
      imgSrc: ["'self'", 'data:'],
      objectSrc: ["'none'"],
      scriptSrc: ["'self'"],
      styleSrc: ["'self'"],
    },
  },
  // Browsers heed it only where they trust the certificate: with the own one it does no harm.
  hsts: { maxAge: 31_536_000, includeSubDomains: false },
  referrerPolicy: { policy: 'no-referrer' },
  frameguard: { action: 'deny' },
};

/** The methods of the routes that have this path. */
function allowedMethods(routes: readonly Route[], url: string): readonly string[] {
  const path = url.split('?', 1)[0] ?? '';
  const fits = (pattern: string): boolean =>
    new RegExp(`^${pattern.replace(/[.]/g, '\\.').replace(/:[^/]+/g, '[^/]+')}$`).test(path);
  return routes.filter((route) => fits(route.path)).map(({ method }) => method);
}

export async function createApp({ context, isLocal, pageFolder }: AppOptions): Promise<App> {
  const { audit, log, sessions, tokens } = context;
  let handler: Handler | null = null;
  const errors: ErrorContext = {
    audit,
    log,
    actorOf: (request) => request.identity?.actor ?? { user: '-', from: addressOf(request.raw.socket, isLocal) },
  };
  const serverFactory: FastifyServerFactory = (given) => {
    handler = given;
    return createServer(given);
  };
  const app = fastify({
    serverFactory,
    bodyLimit: BODY_LIMIT,
    exposeHeadRoutes: false,
    // Addresses are those of the sockets: a header could say anything.
    trustProxy: false,
    routerOptions: { maxParamLength: 128 },
    frameworkErrors: (_error, request, reply) => {
      answer(new ApiFailure(400, 'badPath', 'the path is no valid encoding'), request, reply, errors);
    },
  });
  app.setValidatorCompiler(({ schema, httpPart, ...rest }) => {
    const validate = validatorCompiler({
      schema: schema as never,
      ...(httpPart === undefined ? {} : { httpPart }),
      ...rest,
    });
    // No body is an empty one: the schema says what is missing.
    return httpPart === 'body' ? (data: unknown) => validate(data ?? {}) : validate;
  });
  // Answers are typed where they are made; checking them again would cost the most where it is asked most often.
  app.setSerializerCompiler(() => (data) => JSON.stringify(data));
  app.removeContentTypeParser('text/plain');

  demandAccess(app);
  await app.register(cookie);
  await app.register(helmet, HELMET);
  addGuard(app, { sessions, tokens, isLocal, leader: context.services.leader.state });
  addErrorAnswers(app, errors);
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Tandem',
        version: context.services.version,
        description: 'The REST API of an instance (docs/rest-api.md).',
      },
      components: {
        securitySchemes: {
          session: {
            type: 'apiKey',
            in: 'cookie',
            name: context.sessions.cookie,
            description: 'writes also need x-csrf-token',
          },
          token: { type: 'http', scheme: 'bearer' },
        },
      },
    },
    transform: jsonSchemaTransform,
  });
  await app.register(swaggerUi, { routePrefix: '/api/docs', uiConfig: { validatorUrl: null } });

  const routes = allRoutes(context);
  for (const { method, path: url, access, schema, handle } of routes) {
    app.route({ method, url, schema, config: { access }, handler: (request, reply) => handle(request, reply) });
  }
  await addPage(app, pageFolder, (request, reply) => {
    const allowed = allowedMethods(routes, request.url);
    const { method } = request;
    const failure =
      allowed.length === 0
        ? new ApiFailure(404, 'notFound', 'there is nothing here')
        : new ApiFailure(405, 'methodNotAllowed', `this takes ${allowed.join(', ')}, not ${method}`, {
            headers: { allow: allowed.join(', ') },
          });
    answer(failure, request, reply, errors);
  });
  await app.ready();
  if (handler === null) throw new Error('the application has no handler');
  return { fastify: app, handler };
}
