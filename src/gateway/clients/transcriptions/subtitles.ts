import { numberOf, textOf } from '#gateway/canonical/json.ts'
import type { JsonObject } from '#gateway/canonical/request.ts'

/** Segments of `verbose_json` as subtitles. */
export function writeSubtitles(segments: readonly JsonObject[], format: 'srt' | 'vtt'): string {
  const mark = format === 'srt' ? ',' : '.'
  const blocks = segments.map((segment, index) => {
    const from = timeOf(numberOf(segment['start']) ?? 0, mark)
    const to = timeOf(numberOf(segment['end']) ?? 0, mark)
    const number = format === 'srt' ? `${index + 1}\n` : ''
    return `${number}${from} --> ${to}\n${(textOf(segment['text']) ?? '').trim()}\n\n`
  })
  return (format === 'vtt' ? 'WEBVTT\n\n' : '') + blocks.join('')
}

function timeOf(seconds: number, mark: string): string {
  const ms = Math.max(0, Math.round(seconds * 1000))
  const two = (value: number) => String(Math.floor(value)).padStart(2, '0')
  const rest = String(ms % 1000).padStart(3, '0')
  return `${two(ms / 3_600_000)}:${two((ms / 60_000) % 60)}:${two((ms / 1000) % 60)}${mark}${rest}`
}
