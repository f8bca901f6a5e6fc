import type { CommandContext } from './commands/context.ts'
import { coloursFor } from './terminal/colours.ts'

/** This process as commands see it. A reader that has gone away (`| head`) is no error. */
export function processContext(): CommandContext {
  const { stdout, stderr } = process
  for (const stream of [stdout, stderr]) stream.on('error', () => undefined)
  return {
    environment: process.env,
    out: (text) => void stdout.write(text),
    note: (text) => void stderr.write(text),
    colours: coloursFor(stdout, process.env),
  }
}
