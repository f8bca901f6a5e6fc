/**
 * One-dimensional arrays as PostgreSQL reads them, for statements that write many rows at once. Much
 * cheaper than the driver's own conversion, which asks every element what it is.
 */
export function numberArrayText(values: readonly (number | bigint | boolean | null)[]): string {
  return `{${values.map((value) => value ?? 'NULL').join(',')}}`
}

/** The same for text of any content but NUL characters, which PostgreSQL cannot hold. */
export function textArrayText(values: readonly (string | null)[]): string {
  return `{${values.map((value) => (value === null ? 'NULL' : quoted(value))).join(',')}}`
}

function quoted(text: string): string {
  return `"${/["\\]/.test(text) ? text.replaceAll(/["\\]/g, '\\$&') : text}"`
}
