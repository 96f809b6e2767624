import { encodeText, MAX_PAYLOAD_BYTES, payloadOf } from './content.js'
import { fill, one } from './dom.js'
import { sizeOf } from './message.js'
import { t } from './text.js'

/** Where messages are written; what is not sent yet stays as a draft. @type {import('./types.ts').MountComposer} */
export function mountComposer(element, messenger, user, onSend) {
  const draft = `draft ${messenger.store.state.me} ${user.id}`
  const text = one(element, 'textarea')
  const file = one(element, 'input')
  const form = one(element, 'form')

  const keep = () => sessionStorage.setItem(draft, text.value)

  /** @param {string} words */
  const tell = (words) => fill(element, { '.fault': words })

  /** Sends what fits into a message. @param {Uint8Array} payload */
  function pass(payload) {
    const fits = payload.length <= MAX_PAYLOAD_BYTES
    if (!fits) tell(t('tooLarge', { limit: sizeOf(MAX_PAYLOAD_BYTES) }))
    if (fits) messenger.send(user.id, payload)
    if (fits) onSend()
    return fits
  }

  /** Files are made ready, and sent, one after another: a large picture takes a while. */
  let taken = Promise.resolve()

  /** @param {FileList | null} files */
  function take(files) {
    const chosen = [...(files ?? [])]
    file.value = ''
    text.focus()
    taken = taken.then(async () => {
      tell('')
      for (const one of chosen) {
        await payloadOf(one, MAX_PAYLOAD_BYTES).then(pass, () => tell(t('unreadable', { name: one.name })))
      }
    })
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
