import { type Command, InvalidArgumentError } from 'commander'

import { renderPairs } from '#app/terminal/table.ts'
import { rotationGraceSecondsMax } from '#domain/limits.ts'

import {
  clientFor,
  examples,
  printAnswer,
  remoteCommand,
  type CommandContext,
  type RemoteOptions,
} from './context.ts'
import { showMoment } from './words.ts'

interface RotateOptions extends RemoteOptions {
  readonly grace: number
}

const hourSeconds = 3_600
const graceHoursMax = rotationGraceSecondsMax / hourSeconds

/** `codelace keys rotate`: a key gets another secret; programs have a while to take it. */
export function rotateCommand(context: CommandContext): Command {
  return remoteCommand('rotate', 'give a key another secret; it is printed here and never again')
    .argument('<key>', 'the id of the key (key_…), not its secret')
    .option(
      '--grace <hours>',
      `how long the secrets before it still work, 0 to ${graceHoursMax}`,
      readHours,
      24,
    )
    .addHelpText('after', examples('keys rotate key_8fK2…', 'keys rotate key_8fK2… --grace 0'))
    .action(async (key: string, options: RotateOptions) => {
      const client = clientFor(context, options)
      const keyId = key as `key_${string}`
      const { data: before } = await client.call('showKey', { params: { key_id: keyId } })
      const answer = await client.call('rotateAccountKey', {
        params: { account_id: before.account_id, key_id: keyId },
        body: { grace_seconds: options.grace * hourSeconds },
      })
      printAnswer(context, options, {
        answer,
        render: ({ data, key: secret }) =>
          renderPairs([
            ['id', data.id],
            ['name', data.name],
            ['key', secret],
            ['old secrets', showEnd(data.old_secrets_end_at)],
          ]),
      })
      if (!options.json)
        context.note('Copy the key now: it is stored nowhere and not shown again.\n')
    })
}

function showEnd(moment: string | null): string {
  return moment === null ? 'stopped working' : `work until ${showMoment(moment)}`
}

function readHours(text: string): number {
  const hours = Number(text)
  if (/^\d+$/.test(text) && hours <= graceHoursMax) return hours
  throw new InvalidArgumentError(`It must be a whole number of hours from 0 to ${graceHoursMax}.`)
}
