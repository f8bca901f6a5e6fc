import type { TableMap } from './data-rule.ts'
import { operational, priceFact } from './rules.ts'

/** Prices and the installation's own records. */
export const priceTables = {
  price_version: { id: priceFact, sheet: priceFact, created_at: priceFact },
  price_change: {
    id: priceFact,
    endpoint: priceFact,
    version_id: priceFact,
    effective_from: priceFact,
  },
  schema_migration: {
    number: operational,
    name: operational,
    checksum: operational,
    applied_at: operational,
  },
} as const satisfies TableMap
