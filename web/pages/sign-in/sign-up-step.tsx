import { type SubmitEvent, useMemo } from 'react'

import { useDraft } from '#web/client/drafts.ts'
import { Button } from '#web/elements/button.tsx'
import { Field, inputClass, TextField } from '#web/elements/field.tsx'
import { Failure } from '#web/elements/states.tsx'

import { countries, guessedCountry } from './countries.ts'
import type { Challenge } from './sign-in-form.tsx'

/** What the first sign-in of an address states. */
export interface SignUp {
  readonly display_name?: string
  readonly country: string
  readonly age_statement: 'adult' | 'consent_age'
  readonly accepted_privacy_policy: string
}

const ages = [
  { value: 'adult', label: 'I am 18 or older' },
  { value: 'consent_age', label: 'I am younger, and old enough to agree to this myself' },
] as const

const blank = { name: '', country: guessedCountry(), age: '', isAccepted: false }

/** The first time: who one is, how old, where, and the policy, each asked once. */
export function SignUpStep({
  challenge,
  error,
  isBusy,
  send,
  back,
}: {
  challenge: Challenge
  error: unknown
  isBusy: boolean
  send: (signUp: SignUp) => void
  back: () => void
}) {
  const [form, setForm, forget] = useDraft('sign-up', blank)
  const known = useMemo(() => countries(), [])
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    const name = form.name.trim()
    send({
      ...(name !== '' && { display_name: name }),
      country: form.country,
      age_statement: form.age === 'adult' ? 'adult' : 'consent_age',
      accepted_privacy_policy: challenge.policies.privacy,
    })
  }
  return (
    <form onSubmit={submit} className="flex flex-col gap-4">
      <p className="text-muted">
        The code is right. This is the first sign-in of{' '}
        <strong className="font-medium text-text">{challenge.email}</strong>, so tell us who you
        are.
      </p>
      <TextField
        label="Name"
        autoComplete="name"
        autoFocus
        maxLength={100}
        value={form.name}
        onChange={({ target }) => setForm({ ...form, name: target.value })}
        help="How others in your account see you."
      />
      <Field label="Country you live in">
        {(ids) => (
          <select
            {...ids}
            required
            value={form.country}
            onChange={({ target }) => setForm({ ...form, country: target.value })}
            className={inputClass}
          >
            <option value="" disabled>
              Choose a country
            </option>
            {known.map(({ code, name }) => (
              <option key={code} value={code}>
                {name}
              </option>
            ))}
          </select>
        )}
      </Field>
      <fieldset className="flex flex-col gap-2">
        <legend className="mb-1.5 text-13 font-medium">Age</legend>
        {ages.map(({ value, label }) => (
          <label key={value} className="flex items-start gap-2">
            <input
              type="radio"
              name="age"
              required
              checked={form.age === value}
              onChange={() => setForm({ ...form, age: value })}
              className="mt-1 accent-(--accent)"
            />
            {label}
          </label>
        ))}
        <p className="text-12 text-muted">codelace is not for children under 13.</p>
      </fieldset>
      <label className="flex items-start gap-2">
        <input
          type="checkbox"
          required
          checked={form.isAccepted}
          onChange={({ target }) => setForm({ ...form, isAccepted: target.checked })}
          className="mt-1 accent-(--accent)"
        />
        <span>
          I have read and accept the privacy policy
          <span className="text-muted"> (version {challenge.policies.privacy})</span>
        </span>
      </label>
      {error !== null && <Failure error={error} />}
      <Button type="submit" kind="primary" isBusy={isBusy}>
        Create my account
      </Button>
      <Button
        kind="quiet"
        size="small"
        onClick={() => {
          forget()
          back()
        }}
      >
        Start over
      </Button>
    </form>
  )
}
