import { useId } from 'react'

import { classNames } from './class-names.ts'

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
  return (
    <fieldset className="flex flex-col gap-1.5">
      <legend className={isLabelHidden ? 'sr-only' : 'mb-1.5 text-13 font-medium'}>{label}</legend>
      <div className="inline-flex w-fit max-w-full flex-wrap rounded border border-line bg-sunken p-0.5">
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
