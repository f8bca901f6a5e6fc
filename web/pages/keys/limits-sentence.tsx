import { type ReactNode, useId } from 'react'

import { classNames } from '#web/elements/class-names.ts'

import type { LimitsDraft } from './limits-draft.ts'

/**
 * Limits as a sentence that can be edited: what is left empty is no limit. The gaps are fields with names
 * of their own, so that they can be heard and reached one by one.
 */
export function LimitsSentence({
  subject,
  draft,
  change,
  models,
  problem,
}: {
  subject: string
  draft: LimitsDraft
  change: (part: Partial<LimitsDraft>) => void
  models: readonly string[]
  problem: string | null
}) {
  const gap = (name: keyof LimitsDraft, label: string, placeholder = 'any amount') => ({
    label,
    placeholder,
    value: draft[name],
    onChange: (value: string) => change({ [name]: value }),
  })
  return (
    <div className="flex flex-col gap-2">
      <p className="leading-10">
        {subject} may spend <Gap {...gap('day', 'US dollars a day')} prefix="$" /> a day,{' '}
        <Gap {...gap('week', 'US dollars a week')} prefix="$" /> a week,{' '}
        <Gap {...gap('month', 'US dollars a month')} prefix="$" /> a month and{' '}
        <Gap {...gap('total', 'US dollars in all')} prefix="$" /> in all; send{' '}
        <Gap {...gap('requestsPerMinute', 'Requests a minute', 'any number')} /> of requests and{' '}
        <Gap {...gap('tokensPerMinute', 'Tokens a minute', 'any number')} /> of tokens a minute, at
        most <Gap {...gap('concurrentRequests', 'Requests at once', 'any number')} /> at once; use{' '}
        <Gap {...gap('models', 'Models', 'every model')} isWide suggestions={models} after="," />{' '}
        from <Gap {...gap('addresses', 'Addresses', 'any address')} isWide after="." />
      </p>
      <p className={classNames('text-12', problem === null ? 'text-muted' : 'text-negative')}>
        {problem ??
          'Days, weeks and months are UTC. Several models or addresses are separated by commas; openai/* is all of an author, 10.0.0.0/8 a range.'}
      </p>
    </div>
  )
}

function Gap({
  label,
  value,
  placeholder,
  onChange,
  prefix,
  after,
  isWide = false,
  suggestions,
}: {
  label: string
  value: string
  placeholder: string
  onChange: (value: string) => void
  prefix?: string
  /** What stands behind it on the same line. */
  after?: string
  isWide?: boolean
  suggestions?: readonly string[]
}): ReactNode {
  const listId = useId()
  const length = Math.max(value.length, placeholder.length)
  return (
    <span className="inline-flex items-baseline">
      {prefix !== undefined && value !== '' && <span aria-hidden="true">{prefix}</span>}
      <input
        aria-label={label}
        value={value}
        placeholder={placeholder}
        size={Math.min(length, isWide ? 28 : 12)}
        {...(suggestions && { list: listId })}
        onChange={({ target }) => onChange(target.value)}
        className="h-7 rounded-xs border-b border-line-strong bg-sunken px-1.5 text-center font-mono text-13 placeholder:font-sans placeholder:text-muted focus-visible:outline-offset-0"
      />
      {suggestions && (
        <datalist id={listId}>
          {suggestions.map((each) => (
            <option key={each} value={each}>
              {each}
            </option>
          ))}
        </datalist>
      )}
      {after}
    </span>
  )
}
