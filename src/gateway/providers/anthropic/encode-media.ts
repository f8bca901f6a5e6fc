import type { FilePart, ImagePart } from '#gateway/canonical/request.ts'
import type { Notes } from '#gateway/providers/notes.ts'

import type { Block } from './cache-marks.ts'

/** Where a part stands, and what is noted about it. */
export interface PartPlace {
  readonly param: string
  readonly notes: Notes
  /** Betas that the parts need are added here. */
  readonly betas: Set<string>
}

const imageTypes: ReadonlySet<string> = new Set([
  ...['image/png', 'image/jpeg', 'image/gif', 'image/webp'],
])
const filesBeta = 'files-api-2025-04-14'

/** An image, without its cache mark. */
export function imageBlock({ source, detail }: ImagePart, place: PartPlace): Block {
  const { param, notes } = place
  if (detail === 'low' || detail === 'high') {
    notes.warn(`${param}.detail`, 'This provider chooses the detail of images itself.')
  }
  switch (source.kind) {
    case 'data': {
      const mediaType = source.mediaType === 'image/jpg' ? 'image/jpeg' : source.mediaType
      if (!imageTypes.has(mediaType)) {
        notes.refuse(param, `Images of type "${mediaType}" are not taken by this provider.`)
      }
      const { base64 } = source
      return { type: 'image', source: { type: 'base64', media_type: mediaType, data: base64 } }
    }
    case 'url':
      return { type: 'image', source: { type: 'url', url: source.url } }
    case 'file_id':
      return { type: 'image', source: fileSource(source.id, place) }
    default:
      return source
  }
}

/** A document, without its cache mark. Text of any kind goes as text. */
export function documentBlock(part: FilePart, place: PartPlace): Block {
  const title = part.name === null || part.name === '' ? {} : { title: part.name.slice(0, 500) }
  return { type: 'document', source: documentSource(part, place), ...title, ...part.citations }
}

function documentSource({ source }: FilePart, place: PartPlace): Block {
  switch (source.kind) {
    case 'data': {
      const { mediaType, base64 } = source
      if (mediaType === 'application/pdf') {
        return { type: 'base64', media_type: mediaType, data: base64 }
      }
      if (!isText(mediaType)) {
        const detail = `Files of type "${mediaType}" are not taken by this provider: send PDF or text.`
        place.notes.refuse(place.param, detail)
      }
      const data = Buffer.from(base64, 'base64').toString('utf8')
      return { type: 'text', media_type: 'text/plain', data }
    }
    case 'url':
      return { type: 'url', url: source.url }
    case 'file_id':
      return fileSource(source.id, place)
    default:
      return source
  }
}

/** True for files that a model can read as they are. */
function isText(mediaType: string): boolean {
  const [bare = ''] = mediaType.split(';')
  return (
    bare.startsWith('text/') ||
    /^application\/(?:json|xml|yaml|x-yaml|javascript|typescript|toml|sql|x-sh)$/.test(bare) ||
    bare.endsWith('+json') ||
    bare.endsWith('+xml')
  )
}

function fileSource(id: string, { param, notes, betas }: PartPlace): Block {
  if (!id.startsWith('file_')) {
    notes.refuse(param, `The file "${id}" was not uploaded to this provider: send its bytes.`)
  }
  betas.add(filesBeta)
  return { type: 'file', file_id: id }
}
