import { invalid, isObject } from '#gateway/canonical/json.ts'
import type { CacheMark } from '#gateway/canonical/request.ts'

/** `cache_control` of a block or of the request; unknown lifetimes are refused. */
export function readCacheMark(value: unknown, param: string): CacheMark | null {
  if (value === undefined || value === null) return null
  if (!isObject(value)) throw invalid(param, 'must be an object, or null.')
  const { ttl } = value
  if (ttl === undefined || ttl === null) return { ttl: null }
  if (ttl !== '5m' && ttl !== '1h') throw invalid(`${param}.ttl`, 'must be "5m" or "1h".')
  return { ttl }
}
