import { encodeText, MAX_PAYLOAD_BYTES, payloadOf } from './content.js'
import { fill, one } from './dom.js'
import { sizeOf } from './message.js'
import { t } from './text.js'

/** @import * as T from './types.ts' */

/** Where messages are written; what is not sent yet stays as a draft. @type {T.MountComposer} */
export function mountComposer(element, messenger, user, onSend) {
  const draft = `draft ${messenger.store.state.me} ${user.id}`
  const text = one(element, 'textarea')
  const file = one(element, 'input')
  const form = one(element, 'form')

  const keep = () => sessionStorage.setItem(draft, text.value)

  /** @param {string} fault */
  const tell = (fault) => fill(element, { '.fault': fault })

  /** Sends what fits into a message. @param {Uint8Array} payload */
  function pass(payload) {
    if (payload.length > MAX_PAYLOAD_BYTES) return tell(t('tooLarge', { limit: sizeOf(MAX_PAYLOAD_BYTES) }))
    messenger.send(user.id, payload)
    onSend()
    return true
  }

  /** Files go in the order of choice. @type {Promise<unknown>} */
  let taken = Promise.resolve()

  /** @param {FileList | null} files */
  function take(files) {
    tell('')
    for (const one of files ?? []) {
      taken = taken.then(() => payloadOf(one)).then(pass, () => tell(t('unreadable', { name: one.name })))
    }
    file.value = ''
    text.focus()
  }

  form.onsubmit = (event) => {
    event.preventDefault()
    const words = text.value.trim()
    tell('')
    if (words && pass(encodeText(words))) text.value = ''
    keep()
    text.focus()
  }
  text.oninput = keep
  text.onkeydown = (event) => {
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return
    event.preventDefault()
    form.requestSubmit()
  }
  text.onpaste = (event) => {
    if (!event.clipboardData?.files.length) return
    event.preventDefault()
    take(event.clipboardData.files)
  }
  file.onchange = () => take(file.files)
  text.value = sessionStorage.getItem(draft) ?? ''
  return text
}
