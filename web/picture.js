import { encodeFile, isPicture } from './content.js'

/** What a picture that is too large is tried as, best first: longest side in pixels and quality. */
const tries = /** @type {const} */ ([
  [1600, 0.8],
  [1280, 0.75],
  [1024, 0.7],
  [800, 0.65],
  [640, 0.6],
  [480, 0.5],
])

/**
 * The payload of a file. A picture that is too large is drawn smaller until it fits; any other file stays as it is,
 * and may turn out too large.
 * @param {File} file
 * @param {number} limit largest payload in bytes
 * @returns {Promise<Uint8Array<ArrayBuffer>>}
 */
export async function payloadOf(file, limit) {
  const { type } = file
  const name = [...file.name].slice(-100).join('')
  const bytes = new Uint8Array(await file.arrayBuffer())
  const bitmap = isPicture(file) ? await createImageBitmap(file).catch(() => undefined) : undefined
  if (!bitmap) return encodeFile({ name, type }, bytes)
  const { width, height } = bitmap
  const whole = encodeFile({ name, type, width, height }, bytes)
  if (whole.length <= limit) return whole
  for (const [side, quality] of tries) {
    const scale = Math.min(1, side / Math.max(width, height))
    const smaller = await draw(bitmap, name, scale, quality)
    if (smaller && smaller.length <= limit) return smaller
  }
  return whole
}

/** @param {ImageBitmap} bitmap @param {string} name @param {number} scale @param {number} quality */
async function draw(bitmap, name, scale, quality) {
  const canvas = document.createElement('canvas')
  canvas.width = Math.max(1, Math.round(bitmap.width * scale))
  canvas.height = Math.max(1, Math.round(bitmap.height * scale))
  const context = canvas.getContext('2d')
  if (!context) return undefined
  // JPEG has no transparency: what was see-through becomes white, not black.
  context.fillStyle = 'white'
  context.fillRect(0, 0, canvas.width, canvas.height)
  context.drawImage(bitmap, 0, 0, canvas.width, canvas.height)
  const blob = await new Promise((/** @type {(blob: Blob | null) => void} */ done) =>
    canvas.toBlob(done, 'image/jpeg', quality),
  )
  if (!blob) return undefined
  const header = { name: name.replace(/\.\w+$/, '.jpg'), type: blob.type, width: canvas.width, height: canvas.height }
  return encodeFile(header, new Uint8Array(await blob.arrayBuffer()))
}
