import { createHash } from 'node:crypto'
import { crc32, deflateSync } from 'node:zlib'

const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
/** Cells of the pattern from one side to the middle, where it is mirrored, and from top to bottom. */
const halfCells = 4
const cellsDown = 8
const bitsPerPixel = 2

/**
 * A picture in PNG: a symmetric pattern in three colours that all come from the seed. Sides are pixels.
 */
export function picture({
  seed,
  width,
  height,
}: {
  seed: string
  width: number
  height: number
}): Buffer {
  const random = createHash('sha256').update(seed).digest()
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header.writeUInt8(bitsPerPixel, 8)
  // Colours by their number in a palette.
  header.writeUInt8(3, 9)
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('PLTE', palette(random)),
    chunk('tEXt', Buffer.from('Comment\0Simulated by codelace; no model was asked.', 'latin1')),
    chunk('IDAT', deflateSync(rowsOf(random, { width, height }), { level: 3 })),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

function rowsOf(random: Buffer, { width, height }: { width: number; height: number }): Buffer {
  const rowBytes = 1 + Math.ceil((width * bitsPerPixel) / 8)
  const patterns = Array.from({ length: cellsDown }, (_, down) => {
    const row = Buffer.alloc(rowBytes)
    for (let x = 0; x < width; x += 1) {
      const cell = Math.floor((x * halfCells * 2) / width)
      const mirrored = Math.min(cell, halfCells * 2 - 1 - cell)
      const colour = (random[8 + ((down * halfCells + mirrored) % 24)] ?? 0) % 3
      const at = 1 + (x >> 2)
      row[at] = (row[at] ?? 0) | (colour << (6 - (x % 4) * 2))
    }
    return row
  })
  const rows = Array.from(
    { length: height },
    (_, y) => patterns[Math.floor((y * cellsDown) / height)] ?? Buffer.alloc(rowBytes),
  )
  return Buffer.concat(rows)
}

/** A light ground and two colours on it. */
function palette(random: Buffer): Buffer {
  const dark = (at: number) => 30 + ((random[at] ?? 0) % 160)
  const ground = [238, 240, 244]
  const first = [dark(0), dark(1), dark(2)]
  const second = [dark(3), dark(4), dark(5)]
  return Buffer.from([...ground, ...first, ...second, 0, 0, 0])
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const length = Buffer.alloc(4)
  length.writeUInt32BE(data.length)
  const checksum = Buffer.alloc(4)
  checksum.writeUInt32BE(crc32(body))
  return Buffer.concat([length, body, checksum])
}
