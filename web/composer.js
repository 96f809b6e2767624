import { encodeText, MAX_PAYLOAD_BYTES } from './content.js'
import { one } from './dom.js'
import { sizeOf } from './message.js'
import { payloadOf } from './picture.js'
import { t } from './text.js'

/**
 * Where messages are written. What is not sent yet stays as a draft of this tab, over a reload too.
 * @param {HTMLElement} element
 * @param {import('./types.ts').Messenger} messenger @param {import('./types.ts').User} user @param {() => void} onSend
 */
export function mountComposer(element, messenger, user, onSend) {
  const draft = `draft ${messenger.store.state.me} ${user.id}`
  const fault = one(element, '.fault')
  const text = one(element, 'textarea', HTMLTextAreaElement)
  const file = one(element, 'input', HTMLInputElement)
  const form = one(element, 'form', HTMLFormElement)

  function changed() {
    fault.textContent = ''
    text.style.height = 'auto'
    text.style.height = `${text.scrollHeight}px`
    sessionStorage.setItem(draft, text.value)
  }

  /** Sends what fits into a message. @param {Uint8Array} payload */
  function pass(payload) {
    const fits = payload.length <= MAX_PAYLOAD_BYTES
    fault.textContent = fits ? '' : t('tooLarge', { limit: sizeOf(MAX_PAYLOAD_BYTES) })
    if (!fits) return false
    messenger.send(user.id, payload)
    onSend()
    return true
  }

  /** @param {Event} event @param {FileList | null | undefined} files */
  async function take(event, files) {
    if (!files?.length) return
    event.preventDefault()
    for (const one of files) pass(await payloadOf(one, MAX_PAYLOAD_BYTES))
  }

  form.onsubmit = (event) => {
    event.preventDefault()
    const words = text.value.trim()
    if (words && pass(encodeText(words))) {
      text.value = ''
      changed()
    }
    text.focus()
  }
  text.oninput = changed
  text.onkeydown = (event) => {
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return
    event.preventDefault()
    form.requestSubmit()
  }
  text.onpaste = (event) => take(event, event.clipboardData?.files)
  file.onchange = async (event) => {
    await take(event, file.files)
    file.value = ''
    text.focus()
  }
  const dropping = new AbortController()
  addEventListener(
    'dragover',
    (event) => event.dataTransfer?.types.includes('Files') && event.preventDefault(),
    dropping,
  )
  addEventListener('drop', (event) => take(event, event.dataTransfer?.files), dropping)
  text.value = sessionStorage.getItem(draft) ?? ''
  changed()

  return { focus: () => text.focus(), stop: () => dropping.abort() }
}
