import type { ButtonHTMLAttributes, ReactNode } from 'react'

import { classNames } from './class-names.ts'

/** How much a button asks for attention. */
export type ButtonKind = 'primary' | 'plain' | 'quiet' | 'danger'

const looks: Readonly<Record<ButtonKind, string>> = {
  primary:
    'bg-accent text-on-accent border-accent hover:opacity-90 disabled:opacity-50 font-medium',
  plain:
    'bg-surface text-text border-line hover:border-line-strong disabled:text-muted disabled:hover:border-line',
  quiet:
    'bg-transparent text-muted border-transparent hover:text-text hover:bg-sunken disabled:opacity-50',
  danger:
    'bg-surface text-negative border-line hover:border-negative hover:bg-negative-wash disabled:opacity-50',
}

/** The classes of a button, for a link that looks like one. */
export function buttonClass(kind: ButtonKind = 'plain', size: 'small' | 'usual' = 'usual'): string {
  return classNames(
    'inline-flex items-center justify-center gap-2 whitespace-nowrap rounded border transition-colors duration-(--fast) select-none',
    size === 'small' ? 'h-7 px-2 text-13 max-md:h-9 max-md:px-3' : 'h-9 px-3 text-14 max-md:h-10',
    looks[kind],
  )
}

/**
 * A button that says what it does. While `isBusy` it keeps its width and its words, takes no second
 * click, and draws the lace beneath them.
 */
export function Button({
  kind = 'plain',
  size = 'usual',
  isBusy = false,
  icon,
  children,
  className,
  ...rest
}: {
  kind?: ButtonKind
  size?: 'small' | 'usual'
  isBusy?: boolean
  icon?: ReactNode
} & ButtonHTMLAttributes<HTMLButtonElement>) {
  return (
    <button
      type="button"
      {...rest}
      aria-busy={isBusy || undefined}
      disabled={rest.disabled === true || isBusy}
      className={classNames(buttonClass(kind, size), 'relative', className)}
    >
      {icon}
      {children}
      {isBusy && (
        <svg
          aria-hidden="true"
          viewBox="0 0 100 4"
          preserveAspectRatio="none"
          className="absolute inset-x-2 bottom-0.5 h-1"
        >
          <path d="M0 2H100" pathLength="1" className="drawing stroke-current" strokeWidth="2" />
        </svg>
      )}
    </button>
  )
}

/** A button that shows only an icon; its label is read aloud and shown on hover. */
export function IconButton({
  label,
  children,
  className,
  ...rest
}: { label: string; children: ReactNode } & ButtonHTMLAttributes<HTMLButtonElement>) {
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      {...rest}
      className={classNames(
        'inline-flex size-8 shrink-0 items-center justify-center rounded text-muted transition-colors duration-(--fast) hover:bg-sunken hover:text-text disabled:opacity-50',
        className,
      )}
    >
      {children}
    </button>
  )
}
