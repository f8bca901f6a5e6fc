import { Toast } from '@base-ui/react/toast'
import { X } from 'lucide-react'
import { useEffect } from 'react'

import { type Message, takeMessages } from './toasts.ts'

const manager = Toast.createToastManager()
const shownMs = 6_000

/** Shows one message for a while; failures for longer. */
function showMessage({ title, description, isFailure, undo }: Message): void {
  const id = manager.add({
    title,
    timeout: isFailure === true ? shownMs * 2 : shownMs,
    ...(description !== undefined && { description }),
    ...(isFailure === true && { type: 'failure', priority: 'high' as const }),
    ...(undo && {
      actionProps: {
        children: undo.label,
        onClick: () => {
          manager.close(id)
          undo.run()
        },
      },
    }),
  })
}

/** Where messages appear; those that were told before it was there, too. */
export function ToastPlace() {
  useEffect(() => {
    // The provider below listens by now: effects of what is inside run first.
    takeMessages(showMessage)
    return () => takeMessages(null)
  }, [])
  return (
    <Toast.Provider toastManager={manager} limit={3}>
      <Toast.Portal>
        <Toast.Viewport className="fixed inset-x-3 bottom-3 z-50 flex flex-col items-stretch gap-2 md:inset-x-auto md:right-6 md:bottom-6 md:w-96">
          <Toasts />
        </Toast.Viewport>
      </Toast.Portal>
    </Toast.Provider>
  )
}

function Toasts() {
  const { toasts } = Toast.useToastManager()
  return toasts.map((toast) => (
    <Toast.Root
      key={toast.id}
      toast={toast}
      swipeDirection={['right', 'down']}
      className="rounded border border-line bg-raised shadow-float transition duration-(--fast) data-ending-style:opacity-0 data-starting-style:translate-y-2 data-starting-style:opacity-0"
    >
      <Toast.Content className="flex items-start gap-3 px-4 py-3">
        <div className="min-w-0 grow">
          <Toast.Title
            className={
              toast.type === 'failure'
                ? 'text-14 break-words text-negative'
                : 'text-14 break-words text-text'
            }
          />
          <Toast.Description className="mt-0.5 font-mono text-12 break-all text-muted" />
        </div>
        <Toast.Action className="shrink-0 font-medium text-accent hover:underline" />
        <Toast.Close aria-label="Dismiss" className="shrink-0 text-muted hover:text-text">
          <X size={16} aria-hidden />
        </Toast.Close>
      </Toast.Content>
    </Toast.Root>
  ))
}
