import type { JsonObject, MediaSource } from '#gateway/canonical/request.ts'

/** A part that holds an image, a sound, a film or a document, or why it cannot be written. */
export type MediaReading =
  | { readonly kind: 'part'; readonly part: JsonObject }
  | { readonly kind: 'impossible'; readonly detail: string }

/** Writes bytes as `inlineData` and addresses as `fileData`. */
export function mediaPartOf(source: MediaSource): MediaReading {
  switch (source.kind) {
    case 'data':
      return {
        kind: 'part',
        part: { inlineData: { mimeType: plainType(source.mediaType), data: source.base64 } },
      }
    case 'url': {
      const mimeType = source.mediaType ?? typeByName(source.url)
      const fileData = { fileUri: source.url, ...(mimeType === undefined ? {} : { mimeType }) }
      return { kind: 'part', part: { fileData } }
    }
    case 'file_id':
      if (source.id.startsWith('https://') || source.id.startsWith('gs://')) {
        return { kind: 'part', part: { fileData: { fileUri: source.id } } }
      }
      if (/^files\/[\w-]+$/.test(source.id)) {
        const fileUri = `https://generativelanguage.googleapis.com/v1beta/${source.id}`
        return { kind: 'part', part: { fileData: { fileUri } } }
      }
      return {
        kind: 'impossible',
        detail: 'this file was uploaded to another provider; send its bytes or a URL',
      }
    default:
      return source satisfies never
  }
}

function plainType(mediaType: string): string {
  const type = mediaType.split(';', 1)[0]?.trim().toLowerCase() ?? mediaType
  return type === 'image/jpg' ? 'image/jpeg' : type
}

const types: ReadonlyMap<string, string> = new Map([
  ['png', 'image/png'],
  ['jpg', 'image/jpeg'],
  ['jpeg', 'image/jpeg'],
  ['gif', 'image/gif'],
  ['webp', 'image/webp'],
  ['heic', 'image/heic'],
  ['pdf', 'application/pdf'],
  ['txt', 'text/plain'],
  ['md', 'text/markdown'],
  ['csv', 'text/csv'],
  ['html', 'text/html'],
  ['mp3', 'audio/mpeg'],
  ['wav', 'audio/wav'],
  ['ogg', 'audio/ogg'],
  ['flac', 'audio/flac'],
  ['mp4', 'video/mp4'],
  ['mov', 'video/quicktime'],
  ['webm', 'video/webm'],
])

function typeByName(url: string): string | undefined {
  const path = url.split(/[?#]/, 1)[0] ?? ''
  return types.get(path.slice(path.lastIndexOf('.') + 1).toLowerCase())
}
