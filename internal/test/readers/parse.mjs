// Parses statements on standard input by the grammar of an engine, and prints what is
// wrong with them as JSON: [{"line", "message"}].
//
//   node parse.mjs trino|spark|hive < STATEMENTS

import { readFileSync } from 'node:fs'
import { register } from 'node:module'

// The package is written for bundlers: its imports name folders, and files without
// their extension.
register('data:text/javascript,' + encodeURIComponent(`
  export async function resolve(specifier, context, next) {
    for (const ending of ['', '.js', '/index.js']) {
      try { return await next(specifier + ending, context) } catch (error) {
        if (!['ERR_UNSUPPORTED_DIR_IMPORT', 'ERR_MODULE_NOT_FOUND'].includes(error.code)) throw error
      }
    }
    return next(specifier, context)
  }
`))
const grammars = await import('dt-sql-parser')

const parsers = { trino: grammars.TrinoSQL, spark: grammars.SparkSQL, hive: grammars.HiveSQL }
const parser = new parsers[process.argv[2]]()
const errors = parser.validate(readFileSync(0, 'utf8'))
process.stdout.write(JSON.stringify(errors.map(e => ({ line: e.startLine, message: e.message }))))
