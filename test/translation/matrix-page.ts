import type { ProviderProtocolName } from '#domain/catalogue.ts'

import { features } from './features.ts'
import { providerNames } from './translation-world.ts'

/** What one feature gave for one client at one provider: it works, with these members changed on the way. */
export interface MatrixCell {
  readonly protocol: ProviderProtocolName
  readonly client: string
  readonly feature: string
  readonly warnings: readonly string[]
}

const head = `# Every client, every provider

Made from a test run: \`CODELACE_WRITE_DOCS=1 npx vitest run test/translation/matrix.test.ts\`, which asks a provider of
each protocol through each client's own library. "yes" means that the library understood the answer, that
streamed and whole answers cost the same, and that the exact amount was charged. A name in the table is a warning that
the answer carries: that member was given to the provider in another way, or left out.
`

const clients = [
  ['chat', 'Chat completions (`openai`)'],
  ['responses', 'Responses (`openai`)'],
  ['messages', 'Messages (`@anthropic-ai/sdk`)'],
  ['gemini', 'Gemini (`@google/genai`)'],
] as const

/** The page, as text. */
export function matrixPage(cells: readonly MatrixCell[]): string {
  return [head, ...clients.map(([client, title]) => section(cells, client, title))].join('\n')
}

function section(cells: readonly MatrixCell[], client: string, title: string): string {
  const rows = features.map(({ name }) => [
    name,
    ...providerNames.map((protocol) => cellText(cells, { protocol, client, feature: name })),
  ])
  const table = [['', ...providerNames], ...rows]
  const widths = table[0]?.map((_, column) =>
    Math.max(...table.map((row) => row[column]?.length ?? 0)),
  )
  const line = (row: readonly string[]) =>
    `| ${row.map((text, column) => text.padEnd(widths?.[column] ?? 0)).join(' | ')} |`
  const rule = `| ${widths?.map((width) => '-'.repeat(width)).join(' | ')} |`
  const [names = [], ...rest] = table
  return [`## ${title}`, '', line(names), rule, ...rest.map((row) => line(row)), ''].join('\n')
}

function cellText(
  cells: readonly MatrixCell[],
  place: { protocol: string; client: string; feature: string },
): string {
  const cell = cells.find(
    ({ protocol, client, feature }) =>
      protocol === place.protocol && client === place.client && feature === place.feature,
  )
  if (!cell) return 'no'
  return cell.warnings.length === 0 ? 'yes' : `yes, but ${cell.warnings.join(', ')}`
}
