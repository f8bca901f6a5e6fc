import { useIsFetching } from '@tanstack/react-query'
import { Outlet, useMatches, useNavigate, useRouterState } from '@tanstack/react-router'
import { Menu, Search } from 'lucide-react'
import { lazy, Suspense, useState } from 'react'

import { useIsSignedIn } from '#web/client/me.ts'
import { IconButton } from '#web/elements/button.tsx'
import { HintPlace } from '#web/elements/hint.tsx'
import { LaceProgress, Wordmark } from '#web/elements/lace.tsx'
import { useIsAnyTold } from '#web/elements/toasts.ts'

import { useKeys } from './keys.ts'
import { Navigation } from './navigation.tsx'
import { OfflineNotice } from './offline-notice.tsx'
import { PaletteDialog, preloadPalette } from './palette-dialog.tsx'
import { ProofPlace } from './proof-place.tsx'
import { useWindowKey } from './use-window-key.ts'

const KeyHelp = lazy(async () => ({ default: (await import('./key-help.tsx')).KeyHelp }))
const PhoneMenu = lazy(async () => ({ default: (await import('./phone-menu.tsx')).PhoneMenu }))
const ToastPlace = lazy(async () => ({
  default: (await import('#web/elements/toast-place.tsx')).ToastPlace,
}))
const SessionEnded = lazy(async () => ({
  default: (await import('./session-ended.tsx')).SessionEnded,
}))

/** What stands around every page: the way around, the palette, the list of keys, and what is on its way. */
export function Frame() {
  const [isPaletteOpen, setPaletteOpen] = useState(false)
  const [isHelpOpen, setHelpOpen] = useState(false)
  const navigate = useNavigate()
  const needsSession = useMatches({
    select: (matches) => matches.some(({ routeId }) => routeId.endsWith('signed-in')),
  })
  const isLoading = useRouterState({ select: ({ status }) => status === 'pending' })
  const fetching = useIsFetching({ predicate: ({ state }) => state.data === undefined })
  useKeys([{ key: '?', does: 'Show the keys', run: () => setHelpOpen(true) }])
  usePaletteKey(() => setPaletteOpen(true))
  return (
    <div className="md:grid md:grid-cols-[224px_minmax(0,1fr)]">
      <a
        href="#main"
        className="sr-only rounded bg-accent px-3 py-2 text-on-accent focus:not-sr-only focus:fixed focus:top-2 focus:left-2 focus:z-50"
      >
        Skip to the page
      </a>
      <LaceProgress isActive={isLoading || fetching > 0} />
      <aside className="sticky top-0 hidden h-dvh flex-col border-r border-line bg-surface md:flex">
        <Navigation openPalette={() => setPaletteOpen(true)} />
      </aside>
      <TopBar openPalette={() => setPaletteOpen(true)} />
      <div className="min-w-0">
        <OfflineNotice />
        <Outlet />
      </div>
      {isPaletteOpen && (
        <PaletteDialog
          close={() => setPaletteOpen(false)}
          showKeys={() => {
            setPaletteOpen(false)
            setHelpOpen(true)
          }}
        />
      )}
      {isHelpOpen && (
        <Suspense>
          <KeyHelp isOpen setOpen={setHelpOpen} />
        </Suspense>
      )}
      <WhenAsked needsSession={needsSession} leave={() => void navigate({ to: '/sign-in' })} />
      <HintPlace />
      <Told />
    </div>
  )
}

/** What is asked over the page now and then; its code comes when it is needed. */
function WhenAsked({ needsSession, leave }: { needsSession: boolean; leave: () => void }) {
  const isSignedIn = useIsSignedIn()
  const [wasSignedIn] = useState(isSignedIn)
  return (
    <>
      <ProofPlace />
      <Suspense>
        {needsSession && wasSignedIn && !isSignedIn && <SessionEnded leave={leave} />}
      </Suspense>
    </>
  )
}

function Told() {
  return useIsAnyTold() ? (
    <Suspense>
      <ToastPlace />
    </Suspense>
  ) : null
}

function TopBar({ openPalette }: { openPalette: () => void }) {
  const [isOpen, setOpen] = useState(false)
  return (
    <header className="sticky top-0 z-30 flex h-12 items-center justify-between border-b border-line bg-surface px-3 md:hidden">
      <Wordmark />
      <div className="flex">
        <IconButton label="Search and commands" onClick={openPalette} className="size-10">
          <Search size={18} aria-hidden />
        </IconButton>
        <IconButton
          label="Menu"
          aria-haspopup="dialog"
          aria-expanded={isOpen}
          onClick={() => setOpen(true)}
          className="size-10"
        >
          <Menu size={18} aria-hidden />
        </IconButton>
        {isOpen && (
          <Suspense>
            <PhoneMenu close={() => setOpen(false)} openPalette={openPalette} />
          </Suspense>
        )}
      </div>
    </header>
  )
}

function usePaletteKey(open: () => void): void {
  useWindowKey((event) => {
    if (event.key === 'Control' || event.key === 'Meta') preloadPalette()
    if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== 'k') return
    event.preventDefault()
    open()
  })
}
