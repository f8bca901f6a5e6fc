import { Command } from 'commander'

import { runServer } from '#app/server.ts'

import { examples, type CommandContext } from './context.ts'

/** `codelace start`. `fail` marks the command as failed without another word. */
export function startCommand(context: CommandContext, fail: () => void): Command {
  return new Command('start')
    .description('run the server until it is stopped')
    .addHelpText(
      'after',
      '\nSettings come from the environment: PORT, HOST, DATABASE_URL, CODELACE_DATA, CODELACE_CONFIG,\n' +
        'CODELACE_MASTER_KEY and the usual names of provider keys, such as OPENAI_API_KEY.\n' +
        examples('start', 'start   # with PORT=9000 before it'),
    )
    .action(async () => {
      if ((await runServer(context)) !== 0) fail()
    })
}
