import type { ModelsSearch } from './models-search.ts'
import type { ListedModel } from './price-sheet.ts'
import { sheetOf } from './price-sheet.ts'

/** The models that fit, in the order that was asked for (newest first unless it was). */
export function narrowModels(
  models: readonly ListedModel[],
  search: ModelsSearch,
): readonly ListedModel[] {
  const { sort = 'released', down = sort === 'released' } = search
  const fits = models.filter((model) => fitsSearch(model, search))
  const ordered = fits.toSorted((left, right) => compare(left, right, sort))
  return down ? ordered.toReversed() : ordered
}

function fitsSearch(model: ListedModel, { q = '', author, takes, policy }: ModelsSearch): boolean {
  const text = `${model.id} ${model.name} ${model.aliases.join(' ')}`.toLowerCase()
  const words = q.toLowerCase().split(/\s+/).filter(Boolean)
  if (!words.every((word) => text.includes(word))) return false
  if (author !== undefined && model.owned_by !== author) return false
  if (takes !== undefined && !model.architecture.input_modalities.includes(takes)) return false
  if (policy === undefined) return true
  // Unknown counts as the worst.
  return model.providers.some(({ data_policy: { trains, retention_days } }) =>
    policy === 'no-training' ? trains === false : trains === false && retention_days === 0,
  )
}

function compare(
  left: ListedModel,
  right: ListedModel,
  sort: NonNullable<ModelsSearch['sort']>,
): number {
  switch (sort) {
    case 'name':
      return left.name.localeCompare(right.name)
    case 'context':
      return left.context_length - right.context_length
    case 'released':
      return left.created - right.created
    case 'prompt':
    case 'completion': {
      const [a, b] = [left, right].map(({ pricing }) =>
        pricing ? sheetOf(pricing).base[sort] : -1n,
      )
      return a === b ? 0 : (a ?? 0n) < (b ?? 0n) ? -1 : 1
    }
    default:
      return sort satisfies never
  }
}
