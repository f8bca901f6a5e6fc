/**
 * One-dimensional arrays as PostgreSQL reads them, for statements that write many rows at once. Much
 * cheaper than the driver's own conversion, which asks every element what it is.
 */
export function numberArrayText(values: readonly (number | bigint | boolean | null)[]): string {
  return `{${values.map((value) => value ?? 'NULL').join(',')}}`
}

/** The same for text of any content but NUL characters, which PostgreSQL cannot hold. */
export function textArrayText(values: readonly (string | null)[]): string {
  let text = '{'
  for (let index = 0; index < values.length; index += 1) {
    if (index > 0) text += ','
    const value = values[index] ?? null
    text += value === null ? 'NULL' : quoted(value)
  }
  return `${text}}`
}

/** The same for texts that are JSON: those hold nothing that a second writing down would not escape rightly. */
export function jsonArrayText(values: readonly (string | null)[]): string {
  return `{${values.map((value) => (value === null ? 'NULL' : JSON.stringify(value))).join(',')}}`
}

function quoted(text: string): string {
  if (!text.includes('"') && !text.includes('\\')) return `"${text}"`
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`
}
