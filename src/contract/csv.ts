/**
 * One line of a CSV file (RFC 4180), with its end. Text that a spreadsheet would take for a formula is led by
 * an apostrophe, so that opening a file computes nothing; plain numbers stay numbers.
 */
export function csvLine(cells: readonly (string | number | boolean | null)[]): string {
  return `${cells.map(cellOf).join(',')}\r\n`
}

function cellOf(cell: string | number | boolean | null): string {
  if (cell === null) return ''
  const text = String(cell)
  const isNumber = /^-?\d+(\.\d+)?$/.test(text)
  const safe = !isNumber && /^[\s\0]*[=+\-@\t\r\0]/.test(text) ? `'${text}` : text
  return /[",\r\n]|^\s|\s$/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
