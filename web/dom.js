import { t } from './text.js'

/** @import * as T from './types.ts' */

/** The element that matches. @type {T.One} */
export function one(root, selector) {
  const found = root.querySelector(selector)
  if (found) return /** @type {never} */ (found)
  throw new Error(`no ${selector}`)
}

/** Puts texts into the elements that match, where they change. @type {T.Fill} */
export function fill(root, texts) {
  for (const [selector, text] of Object.entries(texts)) {
    const element = one(root, selector)
    if (element.textContent !== text) element.textContent = text
  }
}

/** A template in the reader's language; `data-t` says `key` (the text) or `key@property`. @type {T.Copy} */
export function copy(name) {
  const root = one(document.importNode(one(document, `template#${name}`).content, true), '*')
  for (const element of root.querySelectorAll('[data-t]')) {
    for (const entry of element.getAttribute('data-t')?.split(' ') ?? []) {
      const [key, property = 'textContent'] = /** @type {[T.Key, string?]} */ (entry.split('@'))
      Object.assign(element, { [property]: t(key) })
    }
  }
  return root
}

/** An element; strings become text nodes, never markup. @type {T.CreateElement} */
export function h(tag, properties, ...children) {
  const element = Object.assign(document.createElement(tag), properties)
  element.append(...children)
  return element
}

/** Draws a person: a letter of the name in a colour of the id. @type {T.Draw} */
export function draw(root, id, name) {
  const avatar = one(root, '.avatar')
  avatar.textContent = [...name][0] ?? ''
  avatar.style.setProperty('--hue', `${Number.parseInt(id.slice(-4), 16) % 360}`)
}

/** Makes elements the children of a parent, moving as few as possible. @type {T.Arrange} */
export function arrange(parent, wanted) {
  for (const child of [...parent.children]) if (!wanted.includes(child)) child.remove()
  let at = parent.firstElementChild
  for (const element of wanted) {
    if (element === at) at = at.nextElementSibling
    else parent.insertBefore(element, at)
  }
}
