import { type RawBuilder, sql } from 'kysely'

/**
 * A `text[]` parameter. Thousands of ids are written as one literal many times faster than the driver
 * does it: JSON's quotes are an array's quotes too, and what JSON had to escape is left to the driver.
 */
export function textArray(values: readonly (string | null)[]): RawBuilder<readonly string[]> {
  const json = JSON.stringify(values)
  const literal = json.includes('\\') ? values : `{${json.slice(1, -1)}}`
  return sql`${literal}::text[]`
}

/** An `int8[]` parameter. */
export function integerArray(values: readonly (bigint | number)[]): RawBuilder<readonly bigint[]> {
  return sql`${`{${values.join(',')}}`}::int8[]`
}
