import { Pause, Play, Unplug } from 'lucide-react'
import type { ReactNode } from 'react'

import { Button } from '#web/elements/button.tsx'

import type { FollowState } from './follow.ts'

const looks: Readonly<
  Record<FollowState | 'paused', { icon: ReactNode; words: string; title: string }>
> = {
  connecting: {
    icon: <Dot className="bg-line-strong" />,
    words: 'Connecting',
    title: 'New requests come in by themselves in a moment. Press to pause (p)',
  },
  live: {
    icon: <Dot className="breathing bg-positive" />,
    words: 'Live',
    title: 'New requests come in by themselves. Press to pause (p)',
  },
  reconnecting: {
    icon: <Dot className="breathing bg-caution" />,
    words: 'Reconnecting',
    title: 'The server is out of reach. What is missed meanwhile comes in afterwards',
  },
  over: {
    icon: <Unplug size={14} aria-hidden className="text-muted" />,
    words: 'Not live',
    title: 'The server sends no new requests to this session. Reload the page to try again',
  },
  paused: {
    icon: <Play size={14} aria-hidden />,
    words: 'Paused',
    title: 'Nothing moves. Press to go on (p); what is missed meanwhile comes in then',
  },
}

/** Whether new requests come in, and the way to stop and start that. */
export function LiveButton({
  following,
  toggle,
}: {
  following: FollowState | 'paused'
  toggle: () => void
}) {
  const { icon, words, title } = looks[following]
  const isPaused = following === 'paused'
  return (
    <Button onClick={toggle} aria-pressed={!isPaused} title={title} icon={icon}>
      {words}
      {!isPaused && <Pause size={14} aria-hidden className="text-muted" />}
    </Button>
  )
}

function Dot({ className }: { className: string }) {
  return <span aria-hidden className={`size-2 rounded-full ${className}`} />
}
