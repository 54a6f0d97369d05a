/**
 * Loads packages that are CommonJS. Importing the first of them makes Node compile a parser for CommonJS exports (in WebAssembly), which costs
 * every process 4 MB and some milliseconds of its start; `require` needs none.
 */
import { createRequire } from 'node:module';

export const requirePackage: NodeJS.Require = createRequire(import.meta.url);
