import { useId } from 'react'

import { classNames } from './class-names.ts'

/** More than this does not fit on one line of a phone: then each has a line of its own. */
const lineLengthMax = 32

/** One of a few, all of them in sight. */
export function Choice<Value extends string>({
  label,
  value,
  options,
  onChange,
  isLabelHidden = false,
}: {
  label: string
  value: Value
  options: readonly { readonly value: Value; readonly label: string }[]
  onChange: (value: Value) => void
  isLabelHidden?: boolean
}) {
  const name = useId()
  const isLong = options.reduce((length, option) => length + option.label.length, 0) > lineLengthMax
  return (
    <fieldset className="flex flex-col gap-1.5">
      <legend className={isLabelHidden ? 'sr-only' : 'mb-1.5 text-13 font-medium'}>{label}</legend>
      <div
        className={classNames(
          'inline-flex w-fit max-w-full flex-wrap rounded border border-line bg-sunken p-0.5',
          isLong && 'max-md:w-full max-md:flex-col',
        )}
      >
        {options.map((option) => (
          <label
            key={option.value}
            className={classNames(
              'relative flex h-7 cursor-pointer items-center rounded-xs px-3 max-md:h-8 text-13 whitespace-nowrap has-focus-visible:outline-2 has-focus-visible:outline-accent',
              option.value === value
                ? 'bg-surface font-medium text-text'
                : 'text-muted hover:text-text',
            )}
          >
            <input
              type="radio"
              name={name}
              checked={option.value === value}
              onChange={() => onChange(option.value)}
              className="sr-only"
            />
            {option.label}
          </label>
        ))}
      </div>
    </fieldset>
  )
}
