import type { CacheMark } from '#gateway/canonical/request.ts'
import type { Notes } from '#gateway/providers/notes.ts'

import type { Block } from './encode-media.ts'

/** Marks of one request: in Bedrock they are blocks of their own. */
export interface CachePoints {
  /** What stands behind a block that carries this mark: one block, or none. */
  readonly after: (mark: CacheMark | null) => readonly Block[]
}

/** The most points of one request. */
const cachePointsMax = 4

/** Points for one request, in the order tools, system, messages. `caches`: the model takes any. */
export function cachePoints(caches: boolean, notes: Notes): CachePoints {
  let count = 0
  let lifetimes: 'long' | 'short' = 'long'
  return {
    after(mark) {
      if (mark === null) return []
      count += 1
      if (!caches || count > cachePointsMax) {
        const why = caches ? `takes ${cachePointsMax} marks` : 'does not cache'
        notes.warn('cache_control', `This model ${why}; a mark was left out.`)
        return []
      }
      if (mark.ttl !== '1h') lifetimes = 'short'
      if (mark.ttl === '1h' && lifetimes === 'short') {
        notes.warn(
          'cache_control',
          'A mark for 1h cannot follow one for 5m; it was made one for 5m.',
        )
      }
      const ttl = mark.ttl === '1h' && lifetimes === 'long' ? { ttl: '1h' } : {}
      return [{ cachePoint: { type: 'default', ...ttl } }]
    },
  }
}
