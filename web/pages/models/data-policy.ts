import type { ListedModel } from './price-sheet.ts'

type DataPolicy = ListedModel['providers'][number]['data_policy']

/** What a provider states about the data it receives, in a few words; what it does not state is said too. */
export function policyWords({ trains, retention_days, region }: DataPolicy): string {
  return [
    trains === null ? 'training unknown' : trains ? 'may train' : 'does not train',
    retention_days === null
      ? 'retention unknown'
      : retention_days === 0
        ? 'keeps nothing'
        : `keeps ${retention_days} days`,
    ...(region === null ? [] : [regionWords(region)]),
  ].join(', ')
}

/** Two letters are a country or a union, written as such: "US", "EU". */
function regionWords(region: string): string {
  return region.length === 2 ? region.toUpperCase() : region
}
