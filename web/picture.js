import { encodeFile, isPicture } from './content.js'

/** What a picture that is too large is tried as, best first: longest side in pixels and quality. */
const TRIES = /** @type {const} */ ([
  [1600, 0.8],
  [1280, 0.75],
  [1024, 0.7],
  [800, 0.65],
  [640, 0.6],
  [480, 0.5],
])

/** The payload of a file. A picture is drawn smaller until it fits; any other file may turn out too large. @param {File} file @param {number} limit */
export async function payloadOf(file, limit) {
  const { type } = file
  const name = [...file.name].slice(-100).join('')
  const bytes = new Uint8Array(await file.arrayBuffer())
  const bitmap = isPicture(file) ? await createImageBitmap(file).catch(() => undefined) : undefined
  const size = bitmap ? { width: bitmap.width, height: bitmap.height } : {}
  const whole = encodeFile({ name, type, ...size }, bytes)
  if (!bitmap || whole.length <= limit) return whole
  for (const [side, quality] of TRIES) {
    const smaller = await draw(bitmap, name, Math.min(1, side / Math.max(bitmap.width, bitmap.height)), quality)
    if (smaller.length <= limit) return smaller
  }
  return whole
}

/** @param {ImageBitmap} bitmap @param {string} name @param {number} scale @param {number} quality */
async function draw(bitmap, name, scale, quality) {
  const canvas = document.createElement('canvas')
  const width = Math.ceil(bitmap.width * scale)
  const height = Math.ceil(bitmap.height * scale)
  Object.assign(canvas, { width, height })
  canvas.getContext('2d')?.drawImage(bitmap, 0, 0, width, height)
  /** @type {Blob | null} */
  const blob = await new Promise((resolve) => canvas.toBlob(resolve, 'image/webp', quality))
  if (!blob) throw new Error('the picture could not be drawn')
  const header = { name: name.replace(/\.\w+$/, '.webp'), type: blob.type, width, height }
  return encodeFile(header, new Uint8Array(await blob.arrayBuffer()))
}
