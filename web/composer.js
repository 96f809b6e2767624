import { encodeText, MAX_PAYLOAD_BYTES } from './content.js'
import { h, icon } from './dom.js'
import { sizeOf } from './message.js'
import { payloadOf } from './picture.js'
import { t } from './text.js'

/**
 * Where messages are written. What is not sent yet stays as a draft of this tab, over a reload too.
 * @param {object} options
 * @param {import('./messenger.js').Messenger} options.messenger
 * @param {import('../schemas/user.ts').User} options.user
 * @param {() => void} options.onSend
 */
export function mountComposer({ messenger, user, onSend }) {
  const draft = `draft ${messenger.store.state.me} ${user.id}`
  const fault = h('p', { class: 'fault', role: 'alert' })
  const text = h('textarea', {
    rows: 1,
    id: 'write',
    dir: 'auto',
    placeholder: t('write'),
    'aria-label': t('write'),
    'aria-describedby': 'write-hint',
    enterkeyhint: 'send',
    onkeydown: key,
    oninput: changed,
    onpaste: (/** @type {ClipboardEvent} */ event) => take(event, event.clipboardData?.files),
  })
  const file = h('input', {
    type: 'file',
    class: 'spoken',
    id: 'attach',
    multiple: true,
    'aria-label': t('attach'),
    onchange: picked,
  })
  const attach = h('label', { class: 'round', for: 'attach', title: t('attach') }, icon('attach'))
  const send = h(
    'button',
    { type: 'submit', class: 'round send', 'aria-label': t('send'), title: t('send') },
    icon('send'),
  )
  const hint = h('span', { class: 'spoken', id: 'write-hint' }, t('writeHint'))
  const form = h('form', { onsubmit: submit }, file, attach, text, hint, send)
  const element = h('div', { class: 'composer' }, fault, form)

  function changed() {
    fault.textContent = ''
    text.style.height = 'auto'
    text.style.height = `${text.scrollHeight}px`
    if (text.value) sessionStorage.setItem(draft, text.value)
    else sessionStorage.removeItem(draft)
  }

  /** @param {KeyboardEvent} event */
  function key(event) {
    if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) submit(event)
  }

  /** @param {Event} event */
  function submit(event) {
    event.preventDefault()
    const words = text.value.trim()
    if (!words || !pass(encodeText(words))) return
    text.value = ''
    changed()
    text.focus()
  }

  /** @param {Uint8Array} payload */
  function pass(payload) {
    if (payload.length > MAX_PAYLOAD_BYTES) {
      fault.textContent = t('tooLarge', { limit: sizeOf(MAX_PAYLOAD_BYTES) })
      return false
    }
    messenger.send(user.id, payload)
    onSend()
    return true
  }

  /** @param {Event} event @param {FileList | null | undefined} files */
  async function take(event, files) {
    if (!files?.length) return
    event.preventDefault()
    fault.textContent = ''
    for (const one of files) pass(await payloadOf(one, MAX_PAYLOAD_BYTES))
  }

  /** @param {Event} event */
  async function picked(event) {
    await take(event, file.files)
    file.value = ''
    text.focus()
  }

  /** @param {DragEvent} event */
  function over(event) {
    if (event.dataTransfer?.types.includes('Files')) event.preventDefault()
  }

  /** @param {DragEvent} event */
  const dropped = (event) => take(event, event.dataTransfer?.files)

  addEventListener('dragover', over)
  addEventListener('drop', dropped)
  text.value = sessionStorage.getItem(draft) ?? ''
  queueMicrotask(changed)

  return {
    element,
    focus: () => text.focus(),
    stop() {
      removeEventListener('dragover', over)
      removeEventListener('drop', dropped)
    },
  }
}
