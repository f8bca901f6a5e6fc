import { type Address, type CallInput, callOpen } from './call.ts'

/** Hands what one route writes to the browser as a file, under the name that the server gives it. */
export async function download<At extends Address>(at: At, input: CallInput<At>): Promise<void> {
  const response = await callOpen(at, input)
  const name = /filename="([^"/\\]+)"/.exec(response.headers.get('content-disposition') ?? '')?.[1]
  const address = URL.createObjectURL(await response.blob())
  const link = document.createElement('a')
  link.href = address
  link.download = name ?? 'download'
  link.click()
  URL.revokeObjectURL(address)
}
