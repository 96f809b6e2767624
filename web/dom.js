import { t } from './text.js'

/** The element that matches. @template {Element} [E=HTMLElement] @param {ParentNode} root @param {string} selector @param {new () => E} [type] @returns {E} */
export function one(root, selector, type) {
  const found = root.querySelector(selector)
  if (found instanceof (type ?? HTMLElement)) return /** @type {E} */ (found)
  throw new Error(`no ${selector}`)
}

/** Puts texts into the elements that match. @param {ParentNode} root @param {Record<string, string>} texts */
export function fill(root, texts) {
  for (const [selector, text] of Object.entries(texts)) one(root, selector).textContent = text
}

/**
 * A copy of a template of index.html in the reader's language: `data-t="key"` is its text, `data-t="key@title"` an
 * attribute.
 * @param {string} name
 */
export function copy(name) {
  const { content } = one(document, `template#${name}`, HTMLTemplateElement)
  const root = one(/** @type {DocumentFragment} */ (content.cloneNode(true)), '*')
  for (const element of root.querySelectorAll('[data-t]')) {
    for (const entry of element.getAttribute('data-t')?.split(' ') ?? []) {
      const [key, attribute] = /** @type {[import('./types.ts').Key, string?]} */ (entry.split('@'))
      if (attribute) element.setAttribute(attribute, t(key))
      else element.textContent = t(key)
    }
  }
  return root
}

/**
 * An element. Strings become text nodes: nothing on this page is ever parsed as markup.
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag @param {Record<string, string | number | undefined>} attributes @param {(Node | string)[]} children
 */
export function h(tag, attributes, ...children) {
  const element = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes))
    if (value !== undefined) element.setAttribute(name, `${value}`)
  element.append(...children)
  return element
}

/** Words for those who listen. @param {string} text */
export const spoken = (text) => h('span', { class: 'spoken' }, text)

/** One of the drawings of index.html. @param {string} name */
export function icon(name) {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg')
  svg.setAttribute('class', 'icon')
  svg.setAttribute('aria-hidden', 'true')
  svg.appendChild(document.createElementNS(svg.namespaceURI, 'use')).setAttribute('href', `#icon-${name}`)
  return svg
}

/** A round picture of a person: the first letter, in a quiet colour that follows from the id. @param {string} id @param {string} name */
export function avatar(id, name) {
  const element = h('span', { class: 'avatar', 'aria-hidden': 'true' }, ([...name][0] ?? '').toLocaleUpperCase())
  element.style.setProperty('--hue', `${Number.parseInt(id.slice(-4), 16) % 360}`)
  return element
}

/** Makes the wanted elements the children of a parent, moving as few as possible. @param {Element} parent @param {Element[]} wanted */
export function arrange(parent, wanted) {
  const keep = new Set(wanted)
  for (const child of [...parent.children]) if (!keep.has(child)) child.remove()
  let at = parent.firstElementChild
  for (const element of wanted) {
    if (element === at) at = at.nextElementSibling
    else parent.insertBefore(element, at)
  }
}
