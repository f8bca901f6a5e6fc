import { Boxes, type LucideIcon } from 'lucide-react'

/** One page that the navigation and the palette lead to. */
export interface Place {
  readonly to: '/models'
  readonly title: string
  readonly icon: LucideIcon
  /** The keys that lead there. */
  readonly key: string
}

/** The pages, in the groups of the navigation. */
export const placeGroups: readonly { readonly title: string; readonly places: readonly Place[] }[] =
  [{ title: 'Build', places: [{ to: '/models', title: 'Models', icon: Boxes, key: 'g m' }] }]
