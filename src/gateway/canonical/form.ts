import { Buffer } from 'node:buffer'

import { invalid } from './json.ts'
import type { FormField, PlainMessage } from './plain-protocol.ts'
import type { JsonObject } from './request.ts'

/** A form as its bytes. The boundary must stand in none of the files; a random one does not. */
export function formBytes(fields: readonly FormField[], boundary: string): Buffer {
  const pieces: Uint8Array[] = []
  for (const field of fields) {
    const name = quoted(field.name)
    if (field.kind === 'text') {
      pieces.push(
        Buffer.from(
          `--${boundary}\r\ncontent-disposition: form-data; name=${name}\r\n\r\n${field.value}\r\n`,
        ),
      )
      continue
    }
    const head =
      `--${boundary}\r\ncontent-disposition: form-data; name=${name}; filename=${quoted(field.fileName)}\r\n` +
      `content-type: ${field.mediaType.replaceAll(/[\r\n]/g, '')}\r\n\r\n`
    pieces.push(Buffer.from(head), field.bytes, Buffer.from('\r\n'))
  }
  pieces.push(Buffer.from(`--${boundary}--\r\n`))
  return Buffer.concat(pieces)
}

/** As browsers write names in a form. */
function quoted(text: string): string {
  const escaped = text.replaceAll('\r', '%0D').replaceAll('\n', '%0A').replaceAll('"', '%22')
  return `"${escaped}"`
}

/** A file of a form. */
export type FormFile = Extract<FormField, { kind: 'file' }>

/** The text fields of a form as an object, numbers and truth values included, and its files. */
export function readForm(message: PlainMessage): {
  readonly texts: JsonObject
  readonly files: readonly FormFile[]
} {
  if (message.kind === 'json') throw invalid('body', 'expected a form (multipart/form-data)')
  const texts: Record<string, unknown> = {}
  for (const field of message.fields) {
    if (field.kind !== 'text') continue
    const name = field.name.replace(/\[\]$/, '')
    const known = texts[name]
    if (field.name.endsWith('[]'))
      texts[name] = [...(Array.isArray(known) ? known : []), field.value]
    else texts[name] = valueOf(field.value)
  }
  return { texts, files: message.fields.filter((field) => field.kind === 'file') }
}

function valueOf(text: string): string | number | boolean {
  if (text === 'true' || text === 'false') return text === 'true'
  return /^-?\d{1,15}(?:\.\d{1,15})?$/.test(text) ? Number(text) : text
}
