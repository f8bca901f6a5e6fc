import type {
  AudioPart,
  FilePart,
  ImagePart,
  MediaSource,
  VideoPart,
} from '#gateway/canonical/request.ts'
import type { Notes } from '#gateway/providers/notes.ts'

/** A block of a message, as Converse writes it: one member that says what it is. */
export type Block = Record<string, unknown>

/** Where a part stands, and what is noted about it. */
export interface MediaPlace {
  readonly param: string
  readonly notes: Notes
  /** Names of documents that are taken: they must be different in one request. */
  readonly documentNames: Set<string>
}

const imageFormats: Readonly<Record<string, string>> = {
  'image/png': 'png',
  'image/jpeg': 'jpeg',
  'image/jpg': 'jpeg',
  'image/gif': 'gif',
  'image/webp': 'webp',
}

const documentFormats: Readonly<Record<string, string>> = {
  'application/pdf': 'pdf',
  'text/csv': 'csv',
  'application/msword': 'doc',
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document': 'docx',
  'application/vnd.ms-excel': 'xls',
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet': 'xlsx',
  'text/html': 'html',
  'text/plain': 'txt',
  'text/markdown': 'md',
  'text/x-markdown': 'md',
  'application/json': 'txt',
  'application/xml': 'txt',
}

const soundFormats: Readonly<Record<string, string>> = {
  mpeg: 'mp3',
  'x-wav': 'wav',
  'vnd.wave': 'wav',
  'x-m4a': 'm4a',
  'x-flac': 'flac',
}

const filmFormats: Readonly<Record<string, string>> = {
  quicktime: 'mov',
  'x-matroska': 'mkv',
  'x-flv': 'flv',
  'x-ms-wmv': 'wmv',
  '3gpp': 'three_gp',
}

/** An image, as bytes or from S3. */
export function imageBlock({ source, detail }: ImagePart, place: MediaPlace): Block {
  const { param, notes } = place
  if (detail === 'low' || detail === 'high') {
    notes.warn(`${param}.detail`, 'This provider chooses the detail of images itself.')
  }
  const mediaType = mediaTypeOf(source) ?? 'image/png'
  const format = imageFormats[mediaType]
  if (format === undefined) {
    notes.refuse(param, `Images of type "${mediaType}" are not taken by this provider.`)
  }
  return { image: { format, source: bytesOf(source, place) } }
}

/** A document under a name that the provider takes and that no other one has. */
export function documentBlock(part: FilePart, place: MediaPlace): Block {
  const { source, name, citations } = part
  const mediaType = mediaTypeOf(source) ?? 'application/pdf'
  const [bare = ''] = mediaType.split(';')
  const format = documentFormats[bare] ?? (bare.startsWith('text/') ? 'txt' : undefined)
  if (format === undefined) {
    place.notes.refuse(place.param, `Files of type "${mediaType}" are not taken by this provider.`)
  }
  const known = documentName(name, place.documentNames)
  return { document: { format, name: known, source: bytesOf(source, place), ...citations } }
}

function documentName(name: string | null, taken: Set<string>): string {
  const letters = (name ?? '').replace(/\.\w{1,5}$/, '').replace(/[^A-Za-z0-9()[\]-]+/g, ' ')
  const wished = letters.trim().slice(0, 180) || 'Document'
  let free = wished
  for (let count = 2; taken.has(free); count += 1) free = `${wished} (${count})`
  taken.add(free)
  return free
}

/** Sound or film. */
export function mediaBlock({ kind, source }: AudioPart | VideoPart, place: MediaPlace): Block {
  const [, subtype = ''] = (mediaTypeOf(source) ?? '').split('/')
  const formats = kind === 'audio' ? soundFormats : filmFormats
  return { [kind]: { format: formats[subtype] ?? subtype, source: bytesOf(source, place) } }
}

function mediaTypeOf(source: MediaSource): string | null {
  return source.kind === 'file_id' ? null : source.mediaType
}

function bytesOf(source: MediaSource, { param, notes }: MediaPlace): Block {
  switch (source.kind) {
    case 'data':
      return { bytes: source.base64 }
    case 'url':
      if (source.url.startsWith('s3://')) return { s3Location: { uri: source.url } }
      notes.refuse(param, 'This provider takes the bytes of a file, not its address.')
      return {}
    case 'file_id':
      notes.refuse(
        param,
        `The file "${source.id}" was not uploaded to this provider: send its bytes.`,
      )
      return {}
    default:
      return source
  }
}
