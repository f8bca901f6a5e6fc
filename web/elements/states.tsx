import { CloudOff, RotateCw } from 'lucide-react'
import type { ReactNode } from 'react'

import { CallError } from '#web/client/call-error.ts'

import { Button } from './button.tsx'
import { CopyId } from './copy-text.tsx'

/** A place where there is nothing yet, or nothing any more: what that means, and the way on. */
export function Empty({
  title,
  children,
  action,
}: {
  title: string
  children?: ReactNode
  action?: ReactNode
}) {
  return (
    <div className="flex flex-col items-center gap-2 px-6 py-14 text-center">
      <svg aria-hidden="true" width="96" height="28" viewBox="0 0 96 28" className="mb-2">
        <path
          d="M3 20C22 20 22 8 38 8"
          fill="none"
          className="stroke-line-strong"
          strokeWidth="1.5"
        />
        <path
          d="M58 8C74 8 74 20 93 20"
          fill="none"
          className="stroke-line-strong"
          strokeWidth="1.5"
          strokeDasharray="2 4"
        />
        {[
          [3, 20],
          [38, 8],
          [58, 8],
          [93, 20],
        ].map(([x, y]) => (
          <circle
            key={x}
            cx={x}
            cy={y}
            r="3"
            className="fill-ground stroke-line-strong"
            strokeWidth="1.5"
          />
        ))}
      </svg>
      <h2 className="text-16 font-medium">{title}</h2>
      {children !== undefined && (
        <div className="max-w-120 text-balance text-muted">{children}</div>
      )}
      {action !== undefined && <div className="mt-3">{action}</div>}
    </div>
  )
}

/** A call that failed: the server's words, the request id, and another try. */
export function Failure({ error, retry }: { error: unknown; retry?: () => void }) {
  const isOffline = error instanceof CallError && error.code === 'offline'
  const message =
    error instanceof Error ? error.message : 'Something went wrong on this page. Try again.'
  return (
    <div role="alert" className="rounded border border-negative/40 bg-negative-wash px-4 py-3">
      <div className="flex flex-wrap items-start gap-x-3 gap-y-2">
        {isOffline && <CloudOff size={16} aria-hidden className="mt-0.5 shrink-0 text-negative" />}
        <div className="min-w-0 grow basis-60">
          <p className="break-words">{message}</p>
          {error instanceof CallError && error.requestId !== null && (
            <p className="mt-1 text-12 text-muted">
              Request <CopyId id={error.requestId} />
            </p>
          )}
        </div>
        {retry && (
          <Button size="small" onClick={retry} icon={<RotateCw size={13} aria-hidden />}>
            Try again
          </Button>
        )}
      </div>
    </div>
  )
}

/** The shape of what is coming. */
export function Skeleton({ className }: { className: string }) {
  return <span aria-hidden="true" className={`breathing block rounded bg-line ${className}`} />
}

/** Rows in the shape of a table that is coming. */
export function SkeletonRows({ count = 8 }: { count?: number }) {
  return (
    <div role="status" aria-label="Loading" className="divide-y divide-line">
      {Array.from({ length: count }, (_, index) => (
        <div key={index} className="flex h-9 items-center gap-6 px-3">
          <Skeleton className={`h-3 ${['w-40', 'w-52', 'w-32'][index % 3]}`} />
          <Skeleton className="h-3 w-24" />
          <Skeleton className="ml-auto h-3 w-16" />
        </div>
      ))}
    </div>
  )
}
