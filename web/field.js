import { h } from './dom.js'
import { t } from './text.js'

/**
 * A labelled input with its rule before and its fault beside it.
 * @param {{ name: string, label: string, autocomplete: string, secret?: boolean, readonly?: boolean }} options
 */
export function createField({ name, label, autocomplete, secret = false, readonly = false }) {
  const id = `field-${name}`
  const hint = h('span', { class: 'quiet', id: `${id}-hint` })
  const fault = h('span', { class: 'fault', id: `${id}-fault` })
  const input = h('input', {
    id,
    name,
    autocomplete,
    readonly,
    type: secret ? 'password' : 'text',
    autocapitalize: 'none',
    autocorrect: 'off',
    spellcheck: 'false',
    dir: secret ? undefined : 'auto',
    'aria-describedby': `${id}-hint ${id}-fault`,
    oninput: () => setFault(''),
  })
  const reveal = h(
    'label',
    { class: 'reveal' },
    h('input', {
      type: 'checkbox',
      onchange: (/** @type {{ target: HTMLInputElement }} */ { target }) => {
        input.type = target.checked ? 'text' : 'password'
      },
    }),
    t('show'),
  )

  /** @param {string} text */
  function setFault(text) {
    fault.textContent = text
    input.setAttribute('aria-invalid', String(text !== ''))
    if (text) input.focus()
  }

  return {
    element: h('div', { class: 'field' }, h('label', { for: id }, label), hint, input, fault, secret && reveal),
    input,
    fault: setFault,
    /** @param {string} text */
    hint: (text) => {
      hint.textContent = text
    },
  }
}
