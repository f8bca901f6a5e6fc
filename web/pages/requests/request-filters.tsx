import { Link2, ListFilter } from 'lucide-react'
import { lazy, type ReactNode, Suspense, useState } from 'react'

import type { Loose } from '#web/client/loose.ts'
import type { MyAccount } from '#web/client/me.ts'
import { Button, buttonClass } from '#web/elements/button.tsx'
import { FilterChip } from '#web/elements/chip.tsx'
import { Choice } from '#web/elements/choice.tsx'
import { useCopy } from '#web/elements/copy-text.tsx'
import { SearchField } from '#web/elements/field.tsx'
import { useKeyNames } from '#web/pages/keys/use-key-names.ts'
import { useProjects } from '#web/pages/projects/project-calls.ts'

import { outcomeWords } from './outcome-chip.tsx'
import { filtersIn, type RequestsSearch } from './requests-search.ts'

const loadMore = () => import('./more-filters.tsx')
const MoreFilters = lazy(async () => ({ default: (await loadMore()).MoreFilters }))

/** Narrows the list by what is given, and no longer by what is undefined. */
export type Change = (part: Loose<RequestsSearch>) => void

const spans = [
  { value: 'all', label: 'All time' },
  { value: '1h', label: '1 h' },
  { value: '24h', label: '24 h' },
  { value: '7d', label: '7 days' },
  { value: '30d', label: '30 days' },
] as const

/** What narrows the list: the usual ones in sight, the others behind a button, each one that counts a chip. */
export function RequestFilters({
  account,
  search,
  change,
}: {
  account: MyAccount
  search: RequestsSearch
  change: Change
}) {
  const nameOf = useKeyNames(account.id)
  const projects = useProjects(account.id)
  const projectName = (id: string) => projects?.find((each) => each.id === id)?.name ?? id
  const [isCopied, copyLink] = useCopy(location.href)
  const [typedId, setTypedId] = useState(search.id ?? '')
  const [isMoreWanted, setMoreWanted] = useState(false)
  const moreButton = (
    <button
      type="button"
      aria-haspopup="dialog"
      aria-expanded={isMoreWanted}
      className={buttonClass('plain', 'small')}
      onPointerEnter={() => void loadMore()}
      onFocus={() => void loadMore()}
      onClick={() => setMoreWanted(true)}
    >
      <ListFilter size={14} aria-hidden /> Filter
    </button>
  )
  const others = filtersIn(search).filter(([name]) => !['outcome', 'last', 'id'].includes(name))
  return (
    <div className="flex flex-wrap items-center gap-2 border-b border-line p-3">
      <SearchField
        label="Search by id"
        value={typedId}
        onChange={(text) => {
          setTypedId(text)
          const id = text.trim()
          if (id === '' || /^[0-9A-Za-z-]{3,64}$/.test(id))
            change({ id: id === '' ? undefined : id })
        }}
      />
      <Choice
        label="Time"
        isLabelHidden
        value={search.last ?? 'all'}
        options={spans}
        onChange={(value) => change({ last: value === 'all' ? undefined : value })}
      />
      {Object.entries(outcomeWords).map(([outcome, [words]]) => (
        <FilterChip
          key={outcome}
          isOn={search.outcome === outcome}
          onChange={(isOn) => change({ outcome: isOn ? outcome : undefined })}
        >
          {words}
        </FilterChip>
      ))}
      {isMoreWanted ? (
        <Suspense fallback={moreButton}>
          <MoreFilters {...{ account, projects, search, change }} />
        </Suspense>
      ) : (
        moreButton
      )}
      {others.map(([name, value]) => (
        <FilterChip key={name} isOn onChange={() => change({ [name]: undefined })}>
          {name === 'project' ? `project ${projectName(value)}` : filterWords(name, value, nameOf)}
        </FilterChip>
      ))}
      {filtersIn(search).length > 0 && (
        <Button kind="quiet" size="small" icon={<Link2 size={14} aria-hidden />} onClick={copyLink}>
          {isCopied ? 'Link copied' : 'Copy the link'}
        </Button>
      )}
    </div>
  )
}

function filterWords(
  name: keyof RequestsSearch,
  value: string,
  nameOf: (keyId: string) => string,
): ReactNode {
  switch (name) {
    case 'key_id':
      return `key ${nameOf(value)}`
    case 'streamed':
      return value === 'true' ? 'streamed' : 'not streamed'
    case 'cost_min':
      return `cost from $${value}`
    case 'cost_max':
      return `cost to $${value}`
    case 'latency_min_ms':
      return `slower than ${value} ms`
    case 'latency_max_ms':
      return `faster than ${value} ms`
    case 'from':
      return `since ${value.slice(0, 16).replace('T', ' ')}`
    case 'until':
      return `before ${value.slice(0, 16).replace('T', ' ')}`
    default:
      return `${name} ${value}`
  }
}
