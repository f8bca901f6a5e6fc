import type { GatewayWorld } from './gateway-world.ts'

/** Beside the usual headers. */
type Headers = Readonly<Record<string, string>>

/** Asks an endpoint as the customer of a world, by JSON or by a form. */
export function post(
  world: GatewayWorld,
  { path, body, headers = {} }: { path: string; body: unknown; headers?: Headers },
): Promise<Response> {
  const isForm = body instanceof FormData
  return fetch(`${world.url}${path}`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${world.customer.secret}`,
      ...(isForm ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    body: isForm ? body : typeof body === 'string' ? body : JSON.stringify(body),
  })
}

/** The answer, and its body as what a test expects; a wrong guess fails its assertion. */
export async function jsonOf(
  answer: Promise<Response>,
): Promise<{ response: Response; body: ReturnType<typeof JSON.parse> }> {
  const response = await answer
  return { response, body: await response.json() }
}

/** What an error answer says. */
export async function faultOf(
  answer: Promise<Response>,
): Promise<{ status: number; code: string; param: string | null; message: string }> {
  const { response, body } = await jsonOf(answer)
  const { code, param, message } = body.error
  return { status: response.status, code, param, message }
}

/** A form of these fields. */
export function formOf(members: Readonly<Record<string, string | Blob>>): FormData {
  const form = new FormData()
  for (const [name, value] of Object.entries(members)) form.append(name, value)
  return form
}

/** A file of sound, new each time. */
export function soundFile(): File {
  return new File([Buffer.from('RIFF-sound-of-a-voice')], 'a.wav', { type: 'audio/wav' })
}
