import { type Controls, readControls } from '#adapters/simulated/controls.ts'
import type { JsonObject } from '#adapters/simulated/json-values.ts'
import { isObject, listOrEmpty, objectOrEmpty } from '#adapters/simulated/json-values.ts'
import { refuse, type Refusal, unknownModel } from '#adapters/simulated/refusal.ts'

import { type FormFile, readForm } from './form.ts'

/** A request to one of the endpoints. */
export interface Asked {
  readonly body: JsonObject
  readonly files: readonly FormFile[]
  readonly controls: Controls
}

/** What an endpoint answers. */
export type EndpointAnswer =
  | { readonly contentType: string; readonly data: string | Uint8Array }
  | { readonly refusal: Refusal }

/** A request as it came. */
export interface Sent {
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
}

/** An answer in JSON. */
export function jsonAnswer(value: JsonObject): EndpointAnswer {
  return { contentType: 'application/json', data: JSON.stringify(value) }
}

/** Reads a request, JSON or a form, for this model and no other. */
export function readAsked(
  sent: Sent,
  model: string,
): { readonly asked: Asked } | { readonly refusal: Refusal } {
  const form = readForm(sent)
  const body = form ? form.texts : parsed(sent.body)
  if (!isObject(body)) return { refusal: refuse('The body is not a JSON object.') }
  const name = body['model']
  const isOurs = typeof name === 'string' && (name === model || name.endsWith(`/${model}`))
  if (!isOurs) return { refusal: unknownModel(name) }
  const read = readControls(body['sim'], wordsOf(body).join('\n'))
  if ('complaint' in read) return { refusal: refuse(read.complaint, 'sim') }
  return { asked: { body, files: form?.files ?? [], controls: read.controls } }
}

/** Every text that a request is about. */
function wordsOf(body: JsonObject): readonly string[] {
  const { input, prompt, query } = body
  return [input, prompt, query]
    .flatMap((value) => (Array.isArray(value) ? listOrEmpty(value) : [value]))
    .map((value) => (isObject(value) ? objectOrEmpty(value)['text'] : value))
    .filter((value) => typeof value === 'string')
}

function parsed(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString())
  } catch {
    return undefined
  }
}
