/** A table for a terminal: the first line names the columns. Missing cells are empty. */
export type Table = readonly (readonly string[])[]

/** Draws a table: the first column to the left, the others to the right, a rule under the names. */
export function drawTable(table: Table): string {
  const columns = Math.max(0, ...table.map((row) => row.length))
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(...table.map((row) => (row[column] ?? '').length)),
  )
  const lines = table.map((row) =>
    widths
      .map((width, column) => {
        const cell = row[column] ?? ''
        return column === 0 ? cell.padEnd(width) : cell.padStart(width)
      })
      .join('  ')
      .trimEnd(),
  )
  const rule = '-'.repeat(Math.max(0, ...lines.map((line) => line.length)))
  return [lines[0] ?? '', rule, ...lines.slice(1)].join('\n')
}

/** A number with three significant digits, without an exponent: `0.0123`, `4.56`, `12300`. */
export function threeDigits(value: number): string {
  if (value === 0) return '0'
  const magnitude = Math.floor(Math.log10(Math.abs(value)))
  return value.toFixed(Math.min(Math.max(2 - magnitude, 0), 6))
}
