/** What the list of models is narrowed to and how it is sorted: all of it stands in the address. */
export interface ModelsSearch {
  readonly q?: string
  readonly author?: string
  readonly takes?: string
  readonly policy?: 'no-training' | 'no-retention'
  readonly sort?: 'name' | 'context' | 'prompt' | 'completion' | 'released'
  readonly down?: boolean
  readonly compare?: string
}

const sorts = ['name', 'context', 'prompt', 'completion', 'released'] as const

/** Reads the address; what it does not know is left out. */
export function readModelsSearch(search: Readonly<Record<string, unknown>>): ModelsSearch {
  const text = (name: string) => {
    const value = search[name]
    return typeof value === 'string' && value !== '' ? { [name]: value.slice(0, 200) } : {}
  }
  const sort = sorts.find((name) => name === search['sort'])
  const policy = search['policy']
  return {
    ...text('q'),
    ...text('author'),
    ...text('takes'),
    ...text('compare'),
    ...(policy === 'no-training' || policy === 'no-retention' ? { policy } : {}),
    ...(sort === undefined ? {} : { sort }),
    ...(typeof search['down'] === 'boolean' ? { down: search['down'] } : {}),
  }
}
