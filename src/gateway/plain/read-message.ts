import type { IncomingHttpHeaders } from 'node:http'

import { Busboy, type BusboyInstance } from '@fastify/busboy'

import { Fault } from '#domain/faults.ts'
import { formFieldBytesMax, formPartsMax } from '#domain/limits.ts'
import { invalid, isObject } from '#gateway/canonical/json.ts'
import type { FormField, PlainMessage } from '#gateway/canonical/plain-protocol.ts'
import { parseJsonBody } from '#gateway/parse-body.ts'

/** Reads a body as a JSON object. Throws `invalid_json` or `invalid_request`. */
export function readJsonMessage(bytes: Buffer): PlainMessage {
  const { value } = parseJsonBody(bytes)
  if (!isObject(value)) {
    throw new Fault('invalid_json', { details: { detail: 'it is not an object' } })
  }
  return { kind: 'json', body: value }
}

/**
 * Reads a body as a form (`multipart/form-data`), all of it or nothing: a form that breaks off, or holds more
 * than the limits allow, is refused with `invalid_request`.
 */
export function readFormMessage(
  bytes: Buffer,
  headers: IncomingHttpHeaders,
): Promise<PlainMessage> {
  return new Promise((resolve, reject) => {
    const form = openForm(headers)
    const fields: FormField[] = []
    const refuse = (param: string, detail: string) => {
      form.destroy()
      reject(invalid(param, detail))
    }
    form.on('field', (name, value, isNameCut, isCut) => {
      if (isNameCut) refuse('body', 'the name of a field is too long')
      else if (isCut) refuse(name, `is longer than ${formFieldBytesMax} bytes`)
      else fields.push({ kind: 'text', name, value })
    })
    form.on('file', (name, stream, fileName, ...[, mediaType]) => {
      const chunks: Buffer[] = []
      // Its place is where it began, whatever ends first.
      const place = fields.push({ kind: 'text', name, value: '' }) - 1
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('error', () => refuse(name, 'breaks off'))
      stream.on('end', () => {
        fields[place] = {
          ...{ kind: 'file', name, fileName: fileName ?? '', mediaType },
          bytes: Buffer.concat(chunks),
        }
      })
    })
    form.on('partsLimit', () => refuse('body', `holds more than ${formPartsMax} fields`))
    form.on('error', () => refuse('body', 'the form breaks off, or is not one: check its boundary'))
    form.on('finish', () => resolve({ kind: 'form', fields }))
    form.end(bytes)
  })
}

function openForm(headers: IncomingHttpHeaders): BusboyInstance {
  try {
    return new Busboy({
      headers: { 'content-type': headers['content-type'] ?? '' },
      limits: { fieldNameSize: 100, fieldSize: formFieldBytesMax, parts: formPartsMax },
    })
  } catch {
    throw invalid('Content-Type', 'multipart/form-data needs a boundary')
  }
}
