import { Plus, X } from 'lucide-react'

import { Button, IconButton } from '#web/elements/button.tsx'
import { inputClass } from '#web/elements/field.tsx'

import { columnsMax } from './playground-draft.ts'

/** One to four models to be asked at once, each at most once. */
export function ModelChoice({
  chosen,
  known,
  onChange,
}: {
  chosen: readonly string[]
  known: readonly { id: string; name: string }[]
  onChange: (models: readonly string[]) => void
}) {
  const next = known.find(({ id }) => !chosen.includes(id))
  return (
    <div className="flex flex-wrap items-center gap-2">
      {chosen.map((model, index) => (
        <span key={model} className="flex min-w-0 items-center">
          <select
            aria-label={`Model ${index + 1}`}
            value={model}
            onChange={({ target }) => onChange(chosen.with(index, target.value))}
            className={`${inputClass} w-auto! max-w-60`}
          >
            {known
              .filter(({ id }) => id === model || !chosen.includes(id))
              .map(({ id, name }) => (
                <option key={id} value={id}>
                  {name}
                </option>
              ))}
            {!known.some(({ id }) => id === model) && <option value={model}>{model}</option>}
          </select>
          {chosen.length > 1 && (
            <IconButton
              label={`Take ${model} away`}
              onClick={() => onChange(chosen.filter((each) => each !== model))}
            >
              <X size={14} aria-hidden />
            </IconButton>
          )}
        </span>
      ))}
      {next && chosen.length < columnsMax && (
        <Button
          kind="quiet"
          icon={<Plus size={14} aria-hidden />}
          onClick={() => onChange([...chosen, next.id])}
        >
          Another model
        </Button>
      )}
    </div>
  )
}
