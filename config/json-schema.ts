import * as z from 'zod';
import { structure } from './schema.ts';

/** A JSON Schema (draft 2020-12) as Zod writes it, with our annotations: `kind`, `range`, `unit`, `restart`. */
export interface JsonSchema {
  readonly type?: string;
  readonly title?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly kind?: string;
  readonly range?: string;
  readonly unit?: string;
  readonly restart?: boolean;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: boolean | JsonSchema;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
}

/**
 * The JSON Schema of a configuration file, for editors, the API and the form. It says what each key may be;
 * the rules between keys (`RULES`) are beyond it.
 */
export function configJsonSchema(): JsonSchema {
  const { $schema, ...schema } = z.toJSONSchema(structure, { io: 'input' });
  const title = { $schema, title: 'Tandem configuration', description: '/etc/tandem/tandem.yaml' };
  return { ...title, ...schema } as JsonSchema;
}
