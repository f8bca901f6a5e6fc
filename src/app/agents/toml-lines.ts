type TomlTexts = Readonly<Record<string, string>>

/**
 * Sets keys of text at the top of a TOML file. Their old lines go; every other line stays as it was.
 * A key whose old value spans several lines is not recognised.
 */
export function withTomlKeys(text: string, keys: TomlTexts): string {
  const lines = text.split('\n')
  const firstTable = lines.findIndex(isTableHead)
  const end = firstTable === -1 ? lines.length : firstTable
  const isReplaced = (line: string) => Object.keys(keys).some((key) => keyOf(line) === key)
  const kept = lines.slice(0, end).filter((line) => !isReplaced(line))
  const rest = kept.join('\n').trim()
  const tables = lines.slice(end).join('\n')
  const top = `${written(keys)}${rest === '' ? '' : `${rest}\n`}`
  return tables.trim() === '' ? top : `${top}\n${tables}`
}

/** Puts a table of texts at the end; an old one of the same name goes with its keys. */
export function withTomlTable(text: string, name: string, keys: TomlTexts): string {
  const lines = text.split('\n')
  const start = lines.findIndex((line) => line.trim() === `[${name}]`)
  if (start !== -1) {
    const next = lines.findIndex((line, at) => at > start && isTableHead(line))
    lines.splice(start, (next === -1 ? lines.length : next) - start)
  }
  const rest = lines.join('\n').trimEnd()
  return `${rest === '' ? '' : `${rest}\n\n`}[${name}]\n${written(keys)}`
}

function written(keys: TomlTexts): string {
  return Object.entries(keys)
    .map(([key, value]) => `${key} = ${JSON.stringify(value)}\n`)
    .join('')
}

function isTableHead(line: string): boolean {
  return line.trimStart().startsWith('[')
}

function keyOf(line: string): string {
  return (line.split('=', 1)[0] ?? '').trim()
}
