/** What the first bytes of well-known forms are. `at` is where they stand. */
interface Mark {
  readonly type: string
  readonly at: number
  readonly bytes: readonly number[]
}

const marks: readonly Mark[] = [
  mark('image/png', 0, '\x89PNG\r\n\x1a\n'),
  mark('image/jpeg', 0, '\xff\xd8\xff'),
  mark('image/gif', 0, 'GIF87a'),
  mark('image/gif', 0, 'GIF89a'),
  mark('image/webp', 8, 'WEBP'),
  mark('image/bmp', 0, 'BM'),
  mark('image/tiff', 0, 'II*\0'),
  mark('image/tiff', 0, 'MM\0*'),
  mark('image/avif', 4, 'ftypavif'),
  mark('image/heic', 4, 'ftypheic'),
  mark('image/heic', 4, 'ftypheix'),
  mark('image/heif', 4, 'ftypmif1'),
  mark('application/pdf', 0, '%PDF-'),
  mark('audio/wav', 8, 'WAVE'),
  mark('audio/mpeg', 0, 'ID3'),
  mark('audio/ogg', 0, 'OggS'),
  mark('audio/flac', 0, 'fLaC'),
  mark('audio/mp4', 4, 'ftypM4A'),
  mark('video/quicktime', 4, 'ftypqt'),
  mark('video/mp4', 4, 'ftyp'),
  mark('video/webm', 0, '\x1a\x45\xdf\xa3'),
  mark('video/mpeg', 0, '\0\0\x01\xba'),
  mark('application/zip', 0, 'PK\x03\x04'),
]

/** The form that bytes really have, or undefined when their beginning is none that is known. */
export function sniffMediaType(bytes: Uint8Array): string | undefined {
  for (const { type, at, bytes: expected } of marks) {
    if (expected.every((byte, index) => bytes[at + index] === byte)) return type
  }
  // MPEG sound without a tag begins with eleven set bits, and names a layer.
  const [first = 0, second = 0] = bytes
  if (first === 0xff && (second & 0xe0) === 0xe0 && (second & 0x06) !== 0) return 'audio/mpeg'
  if (first === 0xff && (second & 0xf6) === 0xf0) return 'audio/aac'
  return undefined
}

function mark(type: string, at: number, text: string): Mark {
  return { type, at, bytes: text.split('').map((letter) => letter.charCodeAt(0)) }
}
