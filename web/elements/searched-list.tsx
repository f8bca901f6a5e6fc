import type { ReactNode } from 'react'

import { DataTable, type DataTableProps } from './data-table.tsx'
import { SearchField } from './field.tsx'
import { Panel } from './page.tsx'
import { Empty, Failure, SkeletonRows } from './states.tsx'

/**
 * A list that is searched by a word: the field and the filters above it, the table, and what stands in its
 * place while it loads, when it cannot be read, and when nothing is there or nothing fits.
 */
export function SearchedList<Row>({
  q,
  setQ,
  filters,
  answer,
  none,
  noneFits,
  ...table
}: {
  /** What was typed into the search. */
  q: string
  setQ: (q: string) => void
  filters?: ReactNode
  /** How the reading of the list stands. */
  answer: { readonly data: unknown; readonly error: unknown; readonly refetch: () => unknown }
  /** What is said when there is nothing yet, and the way on. */
  none: { readonly title: string; readonly words: string; readonly action: ReactNode }
  /** What is said when nothing has the word that was typed. */
  noneFits: string
} & DataTableProps<Row>) {
  const { data, error, refetch } = answer
  const isLoaded = data !== undefined
  const isSearched = q !== ''
  return (
    <Panel isFlush>
      <div className="flex flex-wrap items-center gap-2 border-b border-line p-3">
        <SearchField label={`Search ${table.label.toLowerCase()}`} value={q} onChange={setQ} />
        {filters}
      </div>
      {!isLoaded && error !== null && (
        <div className="p-4">
          <Failure error={error} retry={() => void refetch()} />
        </div>
      )}
      {!isLoaded && error === null && <SkeletonRows count={4} />}
      {isLoaded && table.rows.length === 0 && (
        <Empty title={isSearched ? noneFits : none.title} action={!isSearched && none.action}>
          {isSearched ? 'Try another word.' : none.words}
        </Empty>
      )}
      {table.rows.length > 0 && <DataTable {...table} />}
    </Panel>
  )
}
