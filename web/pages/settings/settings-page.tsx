import { LogOut } from 'lucide-react'
import { type SubmitEvent, useState } from 'react'

import { CallError } from '#web/client/call-error.ts'
import { call } from '#web/client/call.ts'
import { useChange } from '#web/client/change.ts'
import { useDraft } from '#web/client/drafts.ts'
import { type Me, useMe } from '#web/client/me.ts'
import { queryClient, reading } from '#web/client/queries.ts'
import { Button } from '#web/elements/button.tsx'
import { Choice } from '#web/elements/choice.tsx'
import { CopyId } from '#web/elements/copy-text.tsx'
import { TextField } from '#web/elements/field.tsx'
import { Moment } from '#web/elements/moment.tsx'
import { Page, Panel } from '#web/elements/page.tsx'
import { SkeletonRows } from '#web/elements/states.tsx'
import { tell } from '#web/elements/toasts.ts'
import { changePreferences, usePreferences } from '#web/shell/preferences.ts'
import { useSignOut } from '#web/shell/use-sign-out.ts'

import { ContentMode } from './content-mode.tsx'
import { EmailChange } from './email-change.tsx'

/** Who one is, how things are shown, and what is kept of requests. */
export function SettingsPage() {
  const me = useMe()
  const leave = useSignOut()
  return (
    <Page
      title="Settings"
      actions={
        <Button icon={<LogOut size={15} aria-hidden />} onClick={() => void leave()}>
          Sign out
        </Button>
      }
    >
      {me ? (
        <div className="flex flex-col gap-6">
          <Profile key={me.display_name} me={me} />
          <EmailChange me={me} />
          <ContentMode />
          <View />
          <Policies me={me} />
        </div>
      ) : (
        <SkeletonRows />
      )}
    </Page>
  )
}

function Profile({ me }: { me: Me }) {
  const [name, setName, forget] = useDraft('profile-name', me.display_name)
  const [problem, setProblem] = useState<string | null>(null)
  const save = useChange(
    (display_name: string) => call('PATCH /api/me', { body: { display_name } }),
    {
      isShown: true,
      done: (answer) => {
        queryClient.setQueryData(reading('GET /api/me', {}).queryKey, answer)
        forget()
        tell('Your name is saved')
      },
    },
  )
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    setProblem(null)
    save.mutate(name.trim(), {
      onError: (error) => setProblem(error instanceof CallError ? error.message : String(error)),
    })
  }
  return (
    <Panel title="Profile">
      <form onSubmit={submit} className="flex max-w-120 flex-col gap-4">
        <TextField
          label="Name"
          autoComplete="name"
          maxLength={100}
          value={name}
          onChange={({ target }) => setName(target.value)}
          problem={problem}
          help="How others in your accounts see you."
        />
        <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
          <Button
            type="submit"
            kind="primary"
            isBusy={save.isPending}
            disabled={name.trim() === '' || name.trim() === me.display_name}
          >
            Save the name
          </Button>
          <CopyId id={me.id} />
        </div>
      </form>
    </Panel>
  )
}

function View() {
  const { theme, zone } = usePreferences()
  return (
    <Panel title="View" about="For this tab: the browser keeps nothing of it.">
      <div className="flex flex-col gap-4 md:flex-row md:gap-10">
        <Choice
          label="Theme"
          value={theme}
          options={[
            { value: 'system', label: 'As the system' },
            { value: 'light', label: 'Light' },
            { value: 'dark', label: 'Dark' },
          ]}
          onChange={(value) => changePreferences({ theme: value })}
        />
        <Choice
          label="Time"
          value={zone}
          options={[
            {
              value: 'local',
              label: `Local time (${Intl.DateTimeFormat().resolvedOptions().timeZone})`,
            },
            { value: 'utc', label: 'UTC' },
          ]}
          onChange={(value) => changePreferences({ zone: value })}
        />
      </div>
    </Panel>
  )
}

function Policies({ me }: { me: Me }) {
  return (
    <Panel title="What you accepted">
      <ul className="flex flex-col gap-1 text-13">
        {me.accepted_policies.map(({ document, version, at }) => (
          <li key={document + version}>
            The {document} policy, version <code>{version}</code>, <Moment at={at} />
          </li>
        ))}
        <li className="text-muted">
          Age: {me.age_statement === 'adult' ? '18 or older' : 'old enough to agree'}. Member since{' '}
          <Moment at={me.created_at} />.
        </li>
      </ul>
    </Panel>
  )
}
