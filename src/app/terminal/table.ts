/** One column of a table. */
export interface Column<Row> {
  readonly title: string
  readonly value: (row: Row) => string
  /** Numbers line up on the right. */
  readonly right?: boolean
  /** Applied after the text has been brought to its width, so that colour does not count. */
  readonly paint?: (text: string, row: Row) => string
}

const gap = '  '

/** Rows under their titles, every column as wide as its widest text. Ends with a line break. */
export function renderTable<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string {
  const cells = rows.map((row) => columns.map((column) => oneLine(column.value(row))))
  const widths = columns.map((column, index) =>
    Math.max(column.title.length, ...cells.map((line) => widthOf(line[index] ?? ''))),
  )
  const titles = columns.map((column, index) =>
    pad(column.title.toUpperCase(), widths[index] ?? 0, column.right),
  )
  const lines = cells.map((line, rowIndex) =>
    columns.map((column, index) => {
      const text = pad(line[index] ?? '', widths[index] ?? 0, column.right)
      const row = rows[rowIndex]
      return column.paint === undefined || row === undefined ? text : column.paint(text, row)
    }),
  )
  return [titles, ...lines].map((line) => `${line.join(gap).trimEnd()}\n`).join('')
}

/** Names and values, one pair to a line, values lined up. Ends with a line break. */
export function renderPairs(pairs: readonly (readonly [string, string])[]): string {
  const width = Math.max(0, ...pairs.map(([name]) => name.length))
  return pairs.map(([name, value]) => `${name.padEnd(width)}${gap}${oneLine(value)}\n`).join('')
}

function pad(text: string, width: number, right = false): string {
  const blanks = ' '.repeat(Math.max(0, width - widthOf(text)))
  return right ? blanks + text : text + blanks
}

/** People name things with any character: a control character must not reach the terminal as one. */
function oneLine(text: string): string {
  return text.replace(/\p{Cc}/gu, '�')
}

function widthOf(text: string): number {
  let width = 0
  for (const character of text) width += /\p{Mn}/u.test(character) ? 0 : isWide(character) ? 2 : 1
  return width
}

function isWide(character: string): boolean {
  return /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Emoji_Presentation}]/u.test(
    character,
  )
}
