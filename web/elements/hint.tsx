import { Popover } from '@base-ui/react/popover'
import type { ReactNode } from 'react'

import { classNames } from './class-names.ts'

const handle = Popover.createHandle<() => ReactNode>()

/** The one place where hints appear; stands once, in the shell. */
export function HintPlace() {
  return (
    <Popover.Root handle={handle}>
      {({ payload }) => (
        <Popover.Portal>
          <Popover.Positioner sideOffset={6} collisionPadding={8} className="z-50">
            <Popover.Popup
              data-hint
              initialFocus={false}
              className="max-w-80 rounded border border-line bg-raised px-3 py-2 text-13 text-text shadow-float outline-none"
            >
              {payload?.()}
            </Popover.Popup>
          </Popover.Positioner>
        </Popover.Portal>
      )}
    </Popover.Root>
  )
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
  return (
    <Popover.Trigger
      handle={handle}
      payload={content}
      openOnHover
      delay={250}
      {...(label !== undefined && { 'aria-label': label })}
      className={classNames('cursor-help text-left', className)}
      onClick={(event) => event.stopPropagation()}
    >
      {children}
    </Popover.Trigger>
  )
}
