// Reads Parquet files, or runs SQL, and prints the result as JSON:
// {"columns": [{"name", "type"}], "rows": [[value as text, or null]]}.
// A point in time is its microseconds since 1970 in UTC.
//
//   node read.mjs hyparquet FILE < /dev/null
//   node read.mjs duckdb < STATEMENTS; the last one's result is printed

import { readFileSync } from 'node:fs'

// text is a value as text.
function text(value) {
  if (value === null || value === undefined) return null
  if (typeof value === 'object' && 'micros' in value) return String(value.micros)
  return String(value)
}

async function hyparquet(file) {
  const { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } = await import('hyparquet')
  const { compressors } = await import('hyparquet-compressors')
  const buffer = await asyncBufferFromFile(file)
  const metadata = await parquetMetadataAsync(buffer)
  const columns = metadata.schema.slice(1).map(c => ({
    name: c.name, type: [c.type, c.converted_type, c.repetition_type].filter(Boolean).join(' '),
  }))
  const decoder = new TextDecoder('utf-8', { fatal: true })
  const decode = bytes => bytes && decoder.decode(bytes)
  const objects = await parquetReadObjects({
    file: buffer, metadata, compressors,
    parsers: { // as they are: no date of milliseconds, no object with its numbers rounded
      timestampFromMicroseconds: micros => ({ micros }),
      jsonFromBytes: decode,
      stringFromBytes: decode,
    },
  })
  return { columns, rows: objects.map(o => columns.map(c => text(o[c.name]))) }
}

async function duckdb(statements) {
  const { DuckDBInstance } = await import('@duckdb/node-api')
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  const extracted = await connection.extractStatements(statements)
  let result = { columns: [], rows: [] }
  for (let i = 0; i < extracted.count; i++) {
    const prepared = await extracted.prepare(i)
    const reader = await prepared.runAndReadAll()
    const types = reader.columnTypes()
    result = {
      columns: reader.columnNames().map((name, c) => ({ name, type: types[c].alias ?? String(types[c]) })),
      rows: i < extracted.count - 1 ? [] : reader.getRows().map(row => row.map(text)),
    }
  }
  return result
}

const [how, file] = process.argv.slice(2)
const result = how === 'duckdb' ? await duckdb(readFileSync(0, 'utf8')) : await hyparquet(file)
process.stdout.write(JSON.stringify(result))
