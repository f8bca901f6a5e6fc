import { Chip } from '#web/elements/chip.tsx'
import { Moment } from '#web/elements/moment.tsx'

import type { Credential } from './credential-calls.ts'
import { credentialStanding } from './credential-words.ts'

/** What the last test of a key said, in the words of the provider where it had some. */
export function TestResult({ credential }: { credential: Credential }) {
  const { last_test: test } = credential
  if (test === null) {
    return (
      <p className="text-13 text-muted">
        Not tested since its secret was set. A test asks the cheapest model for one word; the
        provider may charge you for it, codelace does not.
      </p>
    )
  }
  const { words, tone } = credentialStanding({ ...credential, enabled: true })
  return (
    <div className="flex flex-col gap-1.5 rounded border border-line bg-sunken px-3 py-2.5 text-13">
      <p className="flex items-center gap-2">
        <Chip tone={tone}>{words}</Chip>
        <span className="text-muted">
          tested <Moment at={test.at} />
        </span>
      </p>
      <p className="break-words">{test.detail}</p>
    </div>
  )
}
