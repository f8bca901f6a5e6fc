import { useState } from 'react'

import { useChange } from '#web/client/change.ts'
import { refresh } from '#web/client/queries.ts'
import { Button } from '#web/elements/button.tsx'
import { Choice } from '#web/elements/choice.tsx'

import { type Key, rotateKey } from './key-calls.ts'

const graces = [
  { value: '0', label: 'at once' },
  { value: '3600', label: 'in 1 hour' },
  { value: '86400', label: 'in 1 day' },
  { value: '604800', label: 'in 7 days' },
] as const

/** Another secret for the same key; the old one ends when its programs have had time to change. */
export function RotateKey({ apiKey, shown }: { apiKey: Key; shown: (secret: string) => void }) {
  const [isOpen, setOpen] = useState(false)
  const [grace, setGrace] = useState<(typeof graces)[number]['value']>('86400')
  const rotate = useChange(() => rotateKey(apiKey, Number(grace)), {
    done: ({ key }) => {
      void refresh('GET /api/accounts/{account_id}/keys')
      shown(key)
    },
  })
  if (!isOpen) return <Button onClick={() => setOpen(true)}>Rotate…</Button>
  return (
    <div className="flex w-full flex-wrap items-end gap-3 rounded border border-line bg-sunken p-3">
      <Choice
        label="The secret of now ends"
        value={grace}
        options={graces}
        onChange={(value) => setGrace(value)}
      />
      <Button kind="primary" isBusy={rotate.isPending} onClick={() => rotate.mutate(undefined)}>
        Make another secret
      </Button>
      <Button kind="quiet" onClick={() => setOpen(false)}>
        Keep it
      </Button>
    </div>
  )
}
