import type { CacheMark } from '#gateway/canonical/request.ts'
import type { Notes } from '#gateway/providers/notes.ts'

/** A block that is being written. */
export type Block = Record<string, unknown>

/** The blocks of one request that carry a mark, in the order in which the provider reads them. */
export interface CacheMarks {
  /** Marks a block, if it is wished. */
  readonly put: (block: Block, mark: CacheMark | null) => Block
  /** Takes away what is too much: all marks are in place. `taken`: marks that stand elsewhere. */
  readonly settle: (taken: number, notes: Notes) => void
}

/** The most marks of one request. */
const cacheMarksMax = 4

/**
 * Marks for one request. Blocks must be marked in the order tools, system, messages. Of too many marks,
 * the first and the last ones stay: the first covers what never changes, the last ones what grows.
 */
export function cacheMarks(): CacheMarks {
  const marked: { readonly block: Block; readonly ttl: CacheMark['ttl'] }[] = []
  return {
    put(block, mark) {
      if (mark === null) return block
      block['cache_control'] = cacheControl(mark)
      marked.push({ block, ttl: mark.ttl })
      return block
    },
    settle(taken, notes) {
      const most = cacheMarksMax - taken
      const surplus = marked.splice(1, Math.max(0, marked.length - most))
      for (const { block } of surplus) delete block['cache_control']
      if (surplus.length > 0) {
        const detail = `This provider takes ${cacheMarksMax} marks; ${surplus.length} were left out.`
        notes.warn('cache_control', detail)
      }
      orderLifetimes(marked, notes)
    },
  }
}

/** A mark as Anthropic writes it. */
export function cacheControl({ ttl }: CacheMark): Block {
  return ttl === null ? { type: 'ephemeral' } : { type: 'ephemeral', ttl }
}

/** Marks for an hour must stand before those for five minutes. */
function orderLifetimes(
  marked: readonly { readonly block: Block; readonly ttl: CacheMark['ttl'] }[],
  notes: Notes,
): void {
  const firstShort = marked.findIndex(({ ttl }) => ttl !== '1h')
  if (firstShort === -1) return
  const late = marked.slice(firstShort).filter(({ ttl }) => ttl === '1h')
  for (const { block } of late) block['cache_control'] = { type: 'ephemeral' }
  if (late.length > 0) {
    notes.warn('cache_control', 'A mark for 1h cannot follow one for 5m; it was made one for 5m.')
  }
}
