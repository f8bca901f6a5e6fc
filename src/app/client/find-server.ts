import { readFirstRun } from '#app/first-run-file.ts'

import { ClientError } from './client-error.ts'

/** Which server to talk to, and with which token. */
export interface ServerAccess {
  readonly url: string
  readonly token: string
}

/**
 * The server a command means: `--url`, then `CODELACE_URL`, then the file of the first run; the token from
 * `CODELACE_OPERATOR_TOKEN`, then that file. The token of the file is only ever sent to the address that
 * stands in the same file. Throws `ClientError` that says what to set.
 */
export function findServer(options: {
  readonly url: string | undefined
  readonly environment: Readonly<Record<string, string | undefined>>
}): ServerAccess {
  const { environment } = options
  const dataFolder = environment['CODELACE_DATA'] || '.codelace'
  const firstRun = readFirstRun(dataFolder)
  const url = options.url ?? (environment['CODELACE_URL'] || firstRun?.url)
  if (url === undefined) {
    throw new ClientError(`No server is known: ${dataFolder} holds no first-run.json.`, {
      hint: 'Start codelace here with npm start, or set CODELACE_URL and CODELACE_OPERATOR_TOKEN.',
    })
  }
  const address = readAddress(url)
  const ownToken = firstRun !== undefined && sameServer(address, firstRun.url)
  const token =
    environment['CODELACE_OPERATOR_TOKEN'] || (ownToken ? firstRun.operator_token : undefined)
  if (token === undefined) {
    throw new ClientError(`No operator token is known for ${address}.`, {
      hint: 'Set CODELACE_OPERATOR_TOKEN to a token of that installation (it starts with cl_o).',
    })
  }
  return { url: address, token }
}

function readAddress(text: string): string {
  const url = URL.parse(text)
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new ClientError(`"${text}" is no address of a server.`, {
      hint: 'It looks like http://127.0.0.1:8080',
    })
  }
  return url.origin
}

function sameServer(address: string, other: string): boolean {
  const left = new URL(address)
  const right = URL.parse(other)
  const nameOf = (host: string) => (host === 'localhost' ? '127.0.0.1' : host)
  return (
    right !== null &&
    left.protocol === right.protocol &&
    left.port === right.port &&
    nameOf(left.hostname) === nameOf(right.hostname)
  )
}
