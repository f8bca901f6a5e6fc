import { useChange } from '#web/client/change.ts'
import type { MyAccount } from '#web/client/me.ts'
import { refresh } from '#web/client/queries.ts'
import { Button } from '#web/elements/button.tsx'
import { TextField } from '#web/elements/field.tsx'
import { Panel } from '#web/elements/page.tsx'
import { tell } from '#web/elements/toasts.ts'
import { createKey } from '#web/pages/keys/key-calls.ts'

const dailyLimitUsd = '1'
const lifeMs = 24 * 3_600_000

/**
 * The key that pays. A pasted one stays in the memory of this page and is written nowhere; one that is
 * made for the tab can spend little and lives for a day.
 */
export function KeyChoice({
  account,
  value,
  onChange,
}: {
  account: MyAccount
  value: string
  onChange: (key: string) => void
}) {
  const create = useChange(
    () =>
      createKey(account.id, {
        name: 'Playground',
        limits: { spend: { day: dailyLimitUsd } },
        expires_at: new Date(Date.now() + lifeMs).toISOString(),
      }),
    {
      done: ({ key }) => {
        onChange(key)
        tell('A key for this page is made. It is forgotten when you leave.')
        void refresh('GET /api/accounts/{account_id}/keys')
      },
    },
  )
  return (
    <Panel title="Key">
      <div className="flex flex-col gap-3">
        <TextField
          label="API key"
          type="password"
          autoComplete="off"
          isMono
          placeholder="cl_k…"
          value={value}
          onChange={({ target }) => onChange(target.value.trim())}
          help="Kept in this page's memory, and gone with it."
        />
        {value === '' && (
          <Button isBusy={create.isPending} onClick={() => create.mutate(undefined)}>
            Make one for this page
          </Button>
        )}
        {value === '' && (
          <p className="text-12 text-muted">
            It can spend ${dailyLimitUsd} and ends after 24 hours.
          </p>
        )}
      </div>
    </Panel>
  )
}
