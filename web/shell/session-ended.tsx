import { Modal } from '#web/elements/modal.tsx'
import { SignInForm } from '#web/pages/sign-in/sign-in-form.tsx'

/**
 * When the session ends while a page is open, the person signs in again over it: the page stays, and with
 * it everything that was typed.
 */
export function SessionEnded({ leave }: { leave: () => void }) {
  return (
    <Modal
      title="Your session has ended"
      about="Sign in again to go on where you were. Nothing you typed is lost."
      isOpen
      setOpen={(isOpen) => {
        if (!isOpen) leave()
      }}
    >
      <SignInForm onArrive={() => undefined} />
    </Modal>
  )
}
