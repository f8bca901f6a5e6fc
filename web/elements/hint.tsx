import {
  type ReactNode,
  useEffect,
  useId,
  useLayoutEffect,
  useRef,
  useSyncExternalStore,
} from 'react'

import { classNames } from './class-names.ts'

/** What is unfolded now, and beside what. */
interface Unfolded {
  readonly owner: string
  readonly anchor: HTMLElement
  readonly content: () => ReactNode
}

const openAfterMs = 250
const closeAfterMs = 120
const gapPixels = 6
const edgePixels = 8
const bubbleId = 'hint'

let unfolded: Unfolded | null = null
let timer: ReturnType<typeof setTimeout> | undefined
const listeners = new Set<() => void>()

function unfold(next: Unfolded | null): void {
  clearTimeout(timer)
  unfolded = next
  for (const listener of listeners) listener()
}

function unfoldLater(next: Unfolded | null): void {
  clearTimeout(timer)
  timer = setTimeout(() => unfold(next), next === null ? closeAfterMs : openAfterMs)
}

function useUnfolded<Chosen>(choose: (unfolded: Unfolded | null) => Chosen): Chosen {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    () => choose(unfolded),
  )
}

/**
 * The one place where hints appear; stands once, in the shell. A hint lies above everything, dialogs too,
 * can be pointed at and copied from, and goes with Escape, a click elsewhere, or when the page moves.
 */
export function HintPlace() {
  const hint = useUnfolded((now) => now)
  const bubble = useRef<HTMLDivElement>(null)
  useLayoutEffect(() => {
    const element = bubble.current
    if (!hint || !element) return
    element.showPopover()
    place(element, hint.anchor)
  }, [hint])
  useEffect(() => {
    if (!hint) return
    const fold = () => unfold(null)
    const foldOutside = ({ target }: Event) => {
      const isWithin =
        target instanceof Node &&
        (hint.anchor.contains(target) || bubble.current?.contains(target) === true)
      if (!isWithin) fold()
    }
    const foldByKey = (event: KeyboardEvent) => {
      if (event.key !== 'Escape') return
      // The dialog below stays: one Escape, one thing.
      event.stopPropagation()
      fold()
    }
    const heard = new AbortController()
    const options = { capture: true, passive: true, signal: heard.signal }
    addEventListener('scroll', foldOutside, options)
    addEventListener('pointerdown', foldOutside, options)
    addEventListener('keydown', foldByKey, options)
    addEventListener('resize', fold, options)
    return () => heard.abort()
  }, [hint])
  if (!hint) return null
  return (
    <div
      ref={bubble}
      id={bubbleId}
      popover="manual"
      role="tooltip"
      onPointerEnter={() => clearTimeout(timer)}
      onPointerLeave={() => unfoldLater(null)}
      className="fixed inset-auto m-0 max-w-80 rounded border border-line bg-raised px-3 py-2 text-13 text-text shadow-float"
    >
      {hint.content()}
    </div>
  )
}

/** Below what it is about, above it where there is no room, and never over the edge of the window. */
function place(bubble: HTMLElement, anchor: HTMLElement): void {
  const from = anchor.getBoundingClientRect()
  const own = bubble.getBoundingClientRect()
  const left = Math.max(edgePixels, Math.min(from.left, innerWidth - own.width - edgePixels))
  const below = from.bottom + gapPixels
  const fits = below + own.height + edgePixels <= innerHeight
  bubble.style.left = `${left}px`
  bubble.style.top = `${fits ? below : Math.max(edgePixels, from.top - gapPixels - own.height)}px`
}

/** Something short that unfolds on hover, on a tap, and from the keyboard. */
export function Hint({
  children,
  content,
  label,
  className,
}: {
  children: ReactNode
  /** Made only when it is shown. */
  content: () => ReactNode
  /** What the hint is about, where the text itself does not say it. */
  label?: string
  className?: string
}) {
  const owner = useId()
  const isMine = useUnfolded((now) => now?.owner === owner)
  useEffect(
    () => () => {
      if (unfolded?.owner === owner) unfold(null)
    },
    [owner],
  )
  return (
    <button
      type="button"
      aria-label={label}
      aria-expanded={isMine}
      aria-describedby={isMine ? bubbleId : undefined}
      className={classNames('cursor-help text-left', className)}
      onPointerEnter={({ pointerType, currentTarget }) => {
        if (pointerType === 'mouse') unfoldLater({ owner, anchor: currentTarget, content })
      }}
      onPointerLeave={({ pointerType }) => {
        if (pointerType === 'mouse') unfoldLater(null)
      }}
      onBlur={() => {
        if (isMine) unfold(null)
      }}
      onClick={(event) => {
        event.stopPropagation()
        unfold(isMine ? null : { owner, anchor: event.currentTarget, content })
      }}
    >
      {children}
    </button>
  )
}
