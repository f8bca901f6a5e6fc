/**
 * Rows as CSV (RFC 4180). A cell that a spreadsheet would take for a formula gets an apostrophe in front:
 * what a model or a stranger wrote must stay text.
 */
export function csvOf(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  return [titles, ...rows].map((row) => row.map(cellOf).join(',')).join('\r\n') + '\r\n'
}

function cellOf(text: string): string {
  const isFormula = /^[=+\-@\t\r\0]/.test(text) && !/^-?\d+(\.\d+)?$/.test(text)
  const inert = isFormula ? `'${text}` : text
  return /[",\r\n\0\t]/.test(inert) || inert !== text ? `"${inert.replaceAll('"', '""')}"` : inert
}

/** Hands a text to the browser as a file. */
export function download(name: string, text: string, mediaType = 'text/csv'): void {
  const address = URL.createObjectURL(new Blob([text], { type: `${mediaType};charset=utf-8` }))
  const link = document.createElement('a')
  link.href = address
  link.download = name
  link.click()
  URL.revokeObjectURL(address)
}
