import {
  Bell,
  Boxes,
  ChartColumnStacked,
  FolderKanban,
  Gauge,
  KeyRound,
  ListTree,
  type LucideIcon,
  MessagesSquare,
  MonitorSmartphone,
  Plug,
  Settings,
  SlidersHorizontal,
  Users,
} from 'lucide-react'

/** One page that the navigation and the palette lead to. */
export interface Place {
  readonly to:
    | '/'
    | '/keys'
    | '/limits'
    | '/members'
    | '/models'
    | '/playground'
    | '/projects'
    | '/provider-keys'
    | '/requests'
    | '/sessions'
    | '/settings'
    | '/settings/notifications'
    | '/usage'
  readonly title: string
  readonly icon: LucideIcon
  /** The keys that lead there. */
  readonly key: string
}

/** The pages, in the groups of the navigation. */
export const placeGroups: readonly { readonly title: string; readonly places: readonly Place[] }[] =
  [
    {
      title: 'Account',
      places: [
        { to: '/', title: 'Overview', icon: Gauge, key: 'g o' },
        { to: '/requests', title: 'Requests', icon: ListTree, key: 'g r' },
        { to: '/usage', title: 'Usage', icon: ChartColumnStacked, key: 'g u' },
        { to: '/keys', title: 'Keys', icon: KeyRound, key: 'g k' },
        { to: '/projects', title: 'Projects', icon: FolderKanban, key: 'g j' },
        { to: '/limits', title: 'Limits', icon: SlidersHorizontal, key: 'g l' },
        { to: '/provider-keys', title: 'Provider keys', icon: Plug, key: 'g v' },
        { to: '/members', title: 'Members', icon: Users, key: 'g b' },
      ],
    },
    {
      title: 'Build',
      places: [
        { to: '/models', title: 'Models', icon: Boxes, key: 'g m' },
        { to: '/playground', title: 'Playground', icon: MessagesSquare, key: 'g p' },
      ],
    },
    {
      title: 'You',
      places: [
        { to: '/sessions', title: 'Sessions', icon: MonitorSmartphone, key: 'g s' },
        { to: '/settings/notifications', title: 'Notifications', icon: Bell, key: 'g n' },
        { to: '/settings', title: 'Settings', icon: Settings, key: 'g e' },
      ],
    },
  ]
