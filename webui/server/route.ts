/** A route as data: who may, what is taken, what is answered. The one table of them (routes/all.ts) is access control and documentation at once. */
import type { FastifyReply, FastifyRequest, FastifySchema } from 'fastify';
import type * as z from 'zod';
import type { Actor } from '../../core/api/journal.ts';
import type { UserRole } from '../../core/api/users.ts';
import type { Identity } from './access/identity.ts';
import { ApiFailure } from './errors.ts';
import { apiError } from './schemas/common.ts';

/** `public`: without login. */
export type Access = 'public' | UserRole;

export interface Call<Query, Body, Params> {
  readonly query: Query;
  readonly body: Body;
  readonly params: Params;
  /** Who asks; throws 401 where nobody is logged in (routes that are public). */
  readonly identity: Identity;
  readonly actor: Actor;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

/** An answer that is no JSON, for the documentation. */
export interface OtherAnswer {
  readonly description: string;
  readonly content: Readonly<Record<string, { readonly schema: z.ZodType }>>;
}

interface Spec<Query extends z.ZodType, Body extends z.ZodType, Params extends z.ZodType> {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly access: Access;
  readonly tag: string;
  /** One line, for people. */
  readonly summary: string;
  readonly query?: Query;
  readonly body?: Body;
  readonly params?: Params;
  readonly headers?: z.ZodType;
  readonly answers: Readonly<Record<number, z.ZodType | OtherAnswer>>;
  /** What is given back is the body, unless it answered through `reply`. */
  handle(call: Call<z.output<Query>, z.output<Body>, z.output<Params>>): unknown;
}

export interface Route {
  readonly method: Spec<z.ZodType, z.ZodType, z.ZodType>['method'];
  readonly path: string;
  readonly access: Access;
  readonly summary: string;
  readonly schema: FastifySchema;
  handle(request: FastifyRequest, reply: FastifyReply): unknown;
}

/** Makes a route out of its description. */
export function route<Query extends z.ZodType, Body extends z.ZodType, Params extends z.ZodType>(
  spec: Spec<Query, Body, Params>,
): Route {
  const { method, path, access, summary, tag, query, body, params, headers, answers } = spec;
  return {
    method,
    path,
    access,
    summary,
    schema: {
      summary,
      tags: [tag],
      description: access === 'public' ? 'No login needed.' : `Role: ${access}`,
      security: access === 'public' ? [] : [{ session: [] }, { token: [] }],
      ...(query === undefined ? {} : { querystring: query }),
      ...(body === undefined ? {} : { body }),
      ...(params === undefined ? {} : { params }),
      ...(headers === undefined ? {} : { headers }),
      response: { ...answers, '4xx': apiError, '5xx': apiError },
    },
    handle: (request, reply) =>
      spec.handle({
        query: request.query as z.output<Query>,
        body: request.body as z.output<Body>,
        params: request.params as z.output<Params>,
        get identity() {
          return identityOf(request);
        },
        get actor() {
          return identityOf(request).actor;
        },
        request,
        reply,
      }),
  };
}

function identityOf({ identity }: FastifyRequest): Identity {
  if (identity === null) throw new ApiFailure(401, 'loginNeeded', 'log in first');
  return identity;
}
