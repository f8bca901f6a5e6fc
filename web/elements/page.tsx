import { type ReactNode, useEffect } from 'react'

import { classNames } from './class-names.ts'

/** A page: its title, which is the title of the tab too, what can be done on it, and its content. */
export function Page({
  title,
  about,
  actions,
  children,
  isWide = false,
}: {
  title: string
  about?: ReactNode
  actions?: ReactNode
  children: ReactNode
  isWide?: boolean
}) {
  useEffect(() => {
    document.title = `${title} · codelace`
  }, [title])
  return (
    <main
      id="main"
      tabIndex={-1}
      className={classNames(
        'mx-auto w-full px-4 pt-6 pb-20 outline-none md:px-8 md:pt-8',
        isWide ? 'max-w-360' : 'max-w-280',
      )}
    >
      <header
        className={classNames(
          'mb-6 flex flex-wrap justify-between gap-x-6 gap-y-3',
          about === undefined ? 'items-center' : 'items-end',
        )}
      >
        <div className="min-w-0">
          <h1 className="text-20 font-semibold tracking-tight">{title}</h1>
          {about !== undefined && <div className="mt-1 max-w-160 text-muted">{about}</div>}
        </div>
        {actions !== undefined && (
          <div className="flex flex-wrap items-center gap-2">{actions}</div>
        )}
      </header>
      {children}
    </main>
  )
}

/** A surface that holds one thing. */
export function Panel({
  title,
  about,
  actions,
  children,
  className,
  isFlush = false,
}: {
  title?: string
  about?: ReactNode
  actions?: ReactNode
  children: ReactNode
  className?: string
  /** The content reaches the edges. */
  isFlush?: boolean
}) {
  return (
    <section className={classNames('rounded border border-line bg-surface', className)}>
      {(title !== undefined || actions !== undefined) && (
        <header className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2 border-b border-line px-4 py-3">
          <div>
            {title !== undefined && <h2 className="text-14 font-semibold">{title}</h2>}
            {about !== undefined && <p className="text-13 text-muted">{about}</p>}
          </div>
          {actions !== undefined && (
            <div className="flex flex-wrap items-center gap-2">{actions}</div>
          )}
        </header>
      )}
      <div className={isFlush ? '' : 'p-4'}>{children}</div>
    </section>
  )
}
