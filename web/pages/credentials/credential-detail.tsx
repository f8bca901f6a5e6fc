import { Link } from '@tanstack/react-router'
import { type SubmitEvent, useState } from 'react'

import { useChange } from '#web/client/change.ts'
import { refresh } from '#web/client/queries.ts'
import { Button } from '#web/elements/button.tsx'
import { Chip } from '#web/elements/chip.tsx'
import { Choice } from '#web/elements/choice.tsx'
import { CopyId } from '#web/elements/copy-text.tsx'
import { inputClass, TextArea } from '#web/elements/field.tsx'
import { Modal } from '#web/elements/modal.tsx'
import { Moment } from '#web/elements/moment.tsx'
import { Failure } from '#web/elements/states.tsx'
import { tell, tellFailure } from '#web/elements/toasts.ts'

import {
  changeCredential,
  type Credential,
  type CredentialChange,
  removeCredential,
  testCredential,
} from './credential-calls.ts'
import { credentialStanding, secretWords, uses } from './credential-words.ts'
import { modelsText, readModels } from './models-draft.ts'
import { emptySecret, SecretFields, secretOf } from './secret-fields.tsx'
import { TestResult } from './test-result.tsx'

const changed = () => void refresh('GET /api/accounts/{account_id}/credentials')

/** One provider key: whether it works, when and for what it is used, and its end. */
export function CredentialDetail({
  credential,
  mayChange,
  close,
}: {
  credential: Credential
  mayChange: boolean
  close: () => void
}) {
  const test = useChange(() => testCredential(credential), { isShown: true, done: changed })
  const change = useChange((body: CredentialChange) => changeCredential(credential, body), {
    isShown: true,
    done: changed,
  })
  return (
    <Modal title={credential.label} isOpen setOpen={(isOpen) => !isOpen && close()} isWide>
      <div className="flex flex-col gap-5">
        <Facts credential={credential} />
        <div className="flex flex-col gap-3">
          <TestResult credential={credential} />
          {test.error && <Failure error={test.error} />}
          {mayChange && (
            <div>
              <Button isBusy={test.isPending} onClick={() => test.mutate(undefined)}>
                Test it now
              </Button>
            </div>
          )}
        </div>
        {mayChange && (
          <>
            <UseOf
              credential={credential}
              change={(body, undo) => change.mutate(body, { onError: undo })}
            />
            <ModelsOf
              key={modelsText(credential.models)}
              credential={credential}
              isBusy={change.isPending}
              change={(body) => change.mutate(body)}
            />
            {change.error && <Failure error={change.error} />}
          </>
        )}
        <div className="flex flex-wrap items-center gap-3 border-t border-line pt-4">
          <Link
            to="/requests"
            search={{ provider: credential.provider }}
            className="text-accent hover:underline"
          >
            Requests to {credential.provider_name}
          </Link>
          {mayChange && <Switch credential={credential} close={close} />}
          {mayChange && credential.secret_kind !== 'none' && <Replace credential={credential} />}
          {mayChange && <Remove credential={credential} close={close} />}
        </div>
      </div>
    </Modal>
  )
}

function Facts({ credential }: { credential: Credential }) {
  const standing = credentialStanding(credential)
  return (
    <div className="flex flex-wrap items-center gap-x-4 gap-y-1 text-13 text-muted">
      <Chip tone={standing.tone}>{standing.words}</Chip>
      <span>{credential.provider_name}</span>
      <code>{secretWords(credential)}</code>
      {credential.region !== null && <span>{credential.region}</span>}
      {credential.base_url !== null && <code className="break-all">{credential.base_url}</code>}
      <span>
        added <Moment at={credential.created_at} />
      </span>
      <CopyId id={credential.id} />
    </div>
  )
}

/** What is chosen shows at once; where the server refuses it, what was before. */
function UseOf({
  credential,
  change,
}: {
  credential: Credential
  change: (body: CredentialChange, undo: () => void) => void
}) {
  const [use, setUse] = useState(credential.use)
  return (
    <div className="flex flex-col gap-1.5">
      <Choice
        label="When it is used"
        value={use}
        options={uses}
        onChange={(next) => {
          setUse(next)
          change({ use: next }, () => setUse(credential.use))
        }}
      />
      <p className="text-12 text-muted">{uses.find(({ value }) => value === use)?.words}</p>
    </div>
  )
}

function ModelsOf({
  credential,
  isBusy,
  change,
}: {
  credential: Credential
  isBusy: boolean
  change: (body: CredentialChange) => void
}) {
  const saved = modelsText(credential.models)
  const [text, setText] = useState(saved)
  const [problem, setProblem] = useState<string | null>(null)
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    const read = readModels(text)
    setProblem(read.kind === 'problem' ? read.words : null)
    if (read.kind === 'models') change({ models: read.models })
  }
  return (
    <form onSubmit={submit} className="flex flex-col gap-3">
      <TextArea
        label="Models"
        isMono
        rows={3}
        placeholder="Every model that the provider has here"
        value={text}
        onChange={({ target }) => setText(target.value)}
        help="One a line; behind an equals sign what the provider calls it."
        problem={problem}
      />
      {text !== saved && (
        <div>
          <Button type="submit" kind="primary" isBusy={isBusy}>
            Save the models
          </Button>
        </div>
      )}
    </form>
  )
}

/** On or off. It closes the dialog, behind which the way back could not be reached. */
function Switch({ credential, close }: { credential: Credential; close: () => void }) {
  const turn = useChange((enabled: boolean) => changeCredential(credential, { enabled }), {
    done: ({ data }) => {
      changed()
      close()
      const words = data.enabled ? 'is used again' : 'is off: requests go by the shared keys'
      tell(`"${data.label}" ${words}`, {
        label: 'Undo',
        run: () =>
          void changeCredential(credential, { enabled: !data.enabled }).then(changed, tellFailure),
      })
    },
  })
  return (
    <Button isBusy={turn.isPending} onClick={() => turn.mutate(!credential.enabled)}>
      {credential.enabled ? 'Switch off' : 'Switch on'}
    </Button>
  )
}

function Replace({ credential }: { credential: Credential }) {
  const [draft, setDraft] = useState<ReturnType<typeof emptySecret> | null>(null)
  const replace = useChange(
    (secret: NonNullable<CredentialChange['secret']>) => changeCredential(credential, { secret }),
    {
      isShown: true,
      done: () => {
        changed()
        setDraft(null)
        tell(`"${credential.label}" has another secret. Test it now.`)
      },
    },
  )
  if (draft === null) {
    return (
      <Button onClick={() => setDraft(emptySecret(credential.secret_kind))}>
        Replace the key…
      </Button>
    )
  }
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    replace.mutate(secretOf(draft))
  }
  return (
    <form
      onSubmit={submit}
      className="order-last flex w-full flex-col gap-3 rounded border border-line bg-sunken p-3"
    >
      <SecretFields
        draft={draft}
        change={(part) => setDraft((before) => before && { ...before, ...part })}
        problem={replace.error?.message ?? null}
      />
      <div className="flex gap-2">
        <Button type="submit" kind="primary" isBusy={replace.isPending}>
          Replace it
        </Button>
        <Button kind="quiet" onClick={() => setDraft(null)}>
          Keep the one it has
        </Button>
      </div>
    </form>
  )
}

/** Its secret cannot be brought back by anyone, so its name is typed first. */
function Remove({ credential, close }: { credential: Credential; close: () => void }) {
  const [typed, setTyped] = useState<string | null>(null)
  const remove = useChange(() => removeCredential(credential), {
    done: () => {
      changed()
      tell(`"${credential.label}" is removed, and its secret is gone`)
      close()
    },
  })
  if (typed === null) {
    return (
      <Button kind="danger" className="ml-auto" onClick={() => setTyped('')}>
        Remove…
      </Button>
    )
  }
  const isSame = typed.trim() === credential.label.trim()
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    if (isSame) remove.mutate(undefined)
  }
  return (
    <form
      onSubmit={submit}
      className="order-last flex w-full flex-col gap-2 rounded border border-negative/40 bg-negative-wash p-3"
    >
      <label htmlFor="remove-name" className="text-13">
        Its secret is gone for good, and requests stop using it within seconds. Type{' '}
        <strong className="font-semibold">{credential.label}</strong> to remove it.
      </label>
      <div className="flex gap-2">
        <input
          id="remove-name"
          autoFocus
          autoComplete="off"
          value={typed}
          onChange={({ target }) => setTyped(target.value)}
          className={inputClass}
        />
        <Button type="submit" kind="danger" isBusy={remove.isPending} disabled={!isSame}>
          Remove the key
        </Button>
        <Button kind="quiet" onClick={() => setTyped(null)}>
          Keep it
        </Button>
      </div>
    </form>
  )
}
