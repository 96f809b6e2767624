/**
 * An element. Strings among the children become text nodes: nothing on this page is ever parsed as markup.
 * `on…` attributes are listeners; `false` and `undefined` leave an attribute out.
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Record<string, string | number | boolean | undefined | ((event: any) => void)>} attributes
 * @param {(Node | string | undefined | false)[]} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') element.addEventListener(name.slice(2), value)
    else if (value !== undefined && value !== false) element.setAttribute(name, value === true ? '' : String(value))
  }
  element.append(...children.filter((child) => child !== undefined && child !== false))
  return element
}

const SVG = 'http://www.w3.org/2000/svg'

/** Line drawings on a 24 by 24 grid. */
const paths = {
  back: 'M15 5l-7 7 7 7',
  send: 'M5 12h13M12 5l7 7-7 7',
  attach: 'M20 11.5l-8.2 8.2a5 5 0 0 1-7-7l8.6-8.7a3.4 3.4 0 0 1 4.8 4.8l-8.5 8.5a1.7 1.7 0 0 1-2.4-2.4l7.6-7.6',
  search: 'M11 4a7 7 0 1 1 0 14a7 7 0 0 1 0-14M16.2 16.2L21 21',
  leave: 'M14 4H6a1 1 0 0 0-1 1v14a1 1 0 0 0 1 1h8M10 12h11M17 8l4 4-4 4',
  down: 'M12 5v14M5 12l7 7 7-7',
  sending: 'M12 4a8 8 0 1 1 0 16a8 8 0 0 1 0-16M12 8v4l3 2',
  stored: 'M5 12.5l4.5 4.5L19 7.5',
  failed: 'M12 4a8 8 0 1 1 0 16a8 8 0 0 1 0-16M12 8v5M12 16v.1',
  transient: 'M5 5l14 14M7.5 17.5h9a3.5 3.5 0 0 0 .8-6.9M15 7.6a5 5 0 0 0-8 3a3.5 3.5 0 0 0-.3 6.8',
  file: 'M14 3H7a1 1 0 0 0-1 1v16a1 1 0 0 0 1 1h10a1 1 0 0 0 1-1V7zM14 3v4h4M12 11v6M9 14.5l3 3 3-3',
  talk: 'M5 5h14a1 1 0 0 1 1 1v9a1 1 0 0 1-1 1h-7l-5 4v-4H5a1 1 0 0 1-1-1V6a1 1 0 0 1 1-1',
}

/** A drawing that stands beside its meaning in words. @param {keyof typeof paths} name */
export function icon(name) {
  const svg = document.createElementNS(SVG, 'svg')
  svg.setAttribute('viewBox', '0 0 24 24')
  svg.setAttribute('class', 'icon')
  svg.setAttribute('aria-hidden', 'true')
  const path = document.createElementNS(SVG, 'path')
  path.setAttribute('d', paths[name])
  svg.append(path)
  return svg
}

/** Words for those who listen. @param {string} text */
export const spoken = (text) => h('span', { class: 'spoken' }, text)

/** A round picture of a person: the first letter, in a quiet colour that follows from the id. @param {string} id @param {string} name */
export function avatar(id, name) {
  const letter = [...name][0] ?? '?'
  const element = h('span', { class: 'avatar', 'aria-hidden': 'true' }, letter.toLocaleUpperCase())
  element.style.setProperty('--hue', String(Number.parseInt(id.slice(-4), 16) % 360))
  return element
}

/**
 * Makes the children of a parent the wanted elements, in that order, moving as few as possible.
 * @param {Element} parent
 * @param {Element[]} wanted
 */
export function arrange(parent, wanted) {
  const keep = new Set(wanted)
  for (const child of [...parent.children]) if (!keep.has(child)) child.remove()
  let at = parent.firstElementChild
  for (const element of wanted) {
    if (element === at) at = at.nextElementSibling
    else parent.insertBefore(element, at)
  }
}
