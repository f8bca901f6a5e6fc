import { TypeOverrides } from 'pg'

const int8 = 20
const date = 1082
const int8Array = 1016

/**
 * How columns arrive in JavaScript: `int8` and `int8[]` as bigint, so that money never becomes a float;
 * `date` as `YYYY-MM-DD`, because a day has no time zone. `numeric` stays text: cast sums in SQL
 * (`sum(amount)::int8`). For one pool only; the driver's global table is untouched.
 */
export function makeValueTypes(): TypeOverrides {
  const overrides = new TypeOverrides()
  overrides.setTypeParser(int8, BigInt)
  overrides.setTypeParser(date, (text: string) => text)
  overrides.setTypeParser(int8Array, parseInt8Array)
  return overrides
}

/** One dimension only: no statement of ours makes more. */
function parseInt8Array(text: string): (bigint | null)[] {
  if (text === '{}') return []
  return text
    .slice(1, -1)
    .split(',')
    .map((item) => (item === 'NULL' ? null : BigInt(item)))
}
