import { Command, InvalidArgumentError, Option } from 'commander'

import { createClient, type Client } from '#app/client/client.ts'
import { findServer } from '#app/client/find-server.ts'
import type { Colours } from '#app/terminal/colours.ts'
import { pageSizeMax } from '#domain/limits.ts'

/** What a command has of the world around it. */
export interface CommandContext {
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Results, for people or for machines. */
  readonly out: (text: string) => void
  /** Everything that is not the result: notes, warnings, next steps. */
  readonly note: (text: string) => void
  readonly colours: Colours
}

/** Options of every command that talks to a server. */
export interface RemoteOptions {
  readonly json?: boolean
  readonly url?: string
}

/** A command that talks to a running server; `action` may add arguments and options to it. */
export function remoteCommand(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .option('--json', 'print the server’s answer as JSON')
    .option('--url <address>', 'the server; otherwise CODELACE_URL, or the one started here')
}

/** The server that these options and this environment mean. */
export function clientFor(context: CommandContext, options: RemoteOptions): Client {
  const { environment } = context
  return createClient(findServer({ url: options.url, environment }))
}

/** Prints an answer: as JSON when asked, otherwise as `render` says it to people. */
export function printAnswer<Answer>(
  context: CommandContext,
  options: RemoteOptions,
  printed: { readonly answer: Answer; readonly render: (answer: Answer) => string },
): void {
  const { answer, render } = printed
  context.out(options.json ? `${JSON.stringify(answer, null, 2)}\n` : render(answer))
}

/** Says on standard error how to see the next page, where there is one. */
export function noteNextPage(
  context: CommandContext,
  options: RemoteOptions,
  next: string | null,
): void {
  if (next !== null && !options.json) {
    context.note(context.colours.dim(`More: repeat the command with --after ${next}\n`))
  }
}

/** `--limit` and `--after`, the same on every list. */
export function addPageOptions(command: Command): Command {
  return command
    .option('--limit <number>', `rows to show, 1 to ${pageSizeMax}`, readLimit, 50)
    .option('--after <cursor>', 'continue after this cursor')
}

function readLimit(text: string): number {
  const limit = Number(text)
  if (!Number.isInteger(limit) || limit < 1 || limit > pageSizeMax) {
    throw new InvalidArgumentError(`It must be a whole number from 1 to ${pageSizeMax}.`)
  }
  return limit
}

/** `--content-mode`, the same wherever it can be set. */
export function contentModeOption(description: string): Option {
  return new Option('--content-mode <mode>', description).choices(['full', 'metadata', 'none'])
}

/** A moment given on the command line: a date, or a date and time, as ISO 8601. */
export function readMoment(text: string): string {
  const form = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2}))?$/
  const time = form.test(text) ? Date.parse(text) : Number.NaN
  if (Number.isNaN(time)) {
    throw new InvalidArgumentError('It must be a date such as 2027-01-31 or 2027-01-31T12:00:00Z.')
  }
  return new Date(time).toISOString()
}

/** Examples under a command's help. */
export function examples(...lines: readonly string[]): string {
  return `\nExamples:\n${lines.map((line) => `  $ codelace ${line}`).join('\n')}\n`
}
