import { Search } from 'lucide-react'
import {
  type InputHTMLAttributes,
  type ReactNode,
  type SelectHTMLAttributes,
  type TextareaHTMLAttributes,
  useId,
  useRef,
} from 'react'

import { useKeys } from '#web/shell/keys.ts'

import { classNames } from './class-names.ts'

/** The classes of everything that is typed into. */
export const inputClass =
  'h-9 w-full min-w-0 rounded border border-line-strong bg-surface px-3 text-14 text-text max-md:h-10 max-md:text-16 placeholder:text-muted focus-visible:outline-offset-0 disabled:bg-sunken disabled:text-muted aria-invalid:border-negative'

/** A labelled field: what it is, a word of help, and what is wrong with it where it is wrong. */
export function Field({
  label,
  help,
  problem,
  children,
  className,
}: {
  label: string
  help?: ReactNode
  problem?: string | null
  children: (ids: { id: string; 'aria-describedby'?: string; 'aria-invalid'?: true }) => ReactNode
  className?: string
}) {
  const id = useId()
  const isWrong = problem !== undefined && problem !== null && problem !== ''
  const describes = isWrong || help !== undefined ? `${id}-about` : undefined
  return (
    <div className={classNames('flex flex-col gap-1.5', className)}>
      <label htmlFor={id} className="text-13 font-medium">
        {label}
      </label>
      {children({
        id,
        ...(describes !== undefined && { 'aria-describedby': describes }),
        ...(isWrong && { 'aria-invalid': true as const }),
      })}
      {describes !== undefined && (
        <p
          id={describes}
          className={classNames('text-12', isWrong ? 'text-negative' : 'text-muted')}
        >
          {isWrong ? problem : help}
        </p>
      )}
    </div>
  )
}

interface FieldWords {
  label: string
  help?: ReactNode
  problem?: string | null
  isMono?: boolean
}

/** A field for one line of text. */
export function TextField({
  label,
  help,
  problem = null,
  isMono = false,
  ...rest
}: FieldWords & InputHTMLAttributes<HTMLInputElement>) {
  return (
    <Field label={label} help={help} problem={problem}>
      {(ids) => (
        <input
          autoComplete="off"
          {...rest}
          {...ids}
          className={classNames(inputClass, isMono && 'font-mono', rest.className)}
        />
      )}
    </Field>
  )
}

/** A field for one of several that are too many to be all in sight. */
export function SelectField({
  label,
  help,
  problem = null,
  options,
  value,
  onChoose,
  ...rest
}: Omit<FieldWords, 'isMono'> & {
  /** What is sent and what is read; an empty value stands for none. */
  options: readonly (readonly [value: string, words: string])[]
  value: string
  onChoose: (value: string) => void
} & SelectHTMLAttributes<HTMLSelectElement>) {
  return (
    <Field label={label} help={help} problem={problem}>
      {(ids) => (
        <select
          {...rest}
          {...ids}
          value={value}
          onChange={({ target }) => onChoose(target.value)}
          className={inputClass}
        >
          {options.map(([each, words]) => (
            <option key={each} value={each}>
              {words}
            </option>
          ))}
        </select>
      )}
    </Field>
  )
}

/** A field for several lines of text. */
export function TextArea({
  label,
  help,
  problem = null,
  isMono = false,
  ...rest
}: FieldWords & TextareaHTMLAttributes<HTMLTextAreaElement>) {
  const look = classNames('h-auto min-h-20 resize-y py-2 leading-5', isMono && 'font-mono text-13')
  return (
    <Field label={label} help={help} problem={problem}>
      {(ids) => (
        <textarea
          spellCheck={!isMono}
          {...rest}
          {...ids}
          className={classNames(inputClass, look, rest.className)}
        />
      )}
    </Field>
  )
}

/** A field that narrows a list; `/` leads to it. */
export function SearchField({
  label,
  value,
  onChange,
}: {
  label: string
  value: string
  onChange: (value: string) => void
}) {
  const input = useRef<HTMLInputElement>(null)
  useKeys([{ key: '/', does: 'Search the list', run: () => input.current?.select() }])
  return (
    <span className="relative flex min-w-40 grow items-center md:max-w-72">
      <Search size={14} aria-hidden className="pointer-events-none absolute left-2.5 text-muted" />
      <input
        ref={input}
        type="search"
        aria-label={label}
        placeholder={label}
        value={value}
        onChange={(event) => onChange(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === 'Escape') event.currentTarget.blur()
        }}
        className={classNames(inputClass, 'pl-8')}
      />
      <kbd className="pointer-events-none absolute right-2 hidden rounded-xs border border-line px-1 text-12 text-muted md:block">
        /
      </kbd>
    </span>
  )
}
