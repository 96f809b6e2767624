import { encodeFile, isPicture } from './content.js'

/** @import * as T from './types.ts' */

/** What a picture that is too large is tried as, best first: longest side in pixels and quality. */
const TRIES = /** @type {const} */ ([
  [1600, 0.8],
  [1280, 0.7],
  [800, 0.65],
  [480, 0.5],
])

/** @type {T.PayloadOf} */
export async function payloadOf(file, limit) {
  const { type } = file
  const name = file.name.slice(-100)
  const picture = isPicture(file) ? await createImageBitmap(file).catch(() => undefined) : undefined
  const size = picture ? { width: picture.width, height: picture.height } : {}
  const whole = encodeFile({ name, type, ...size }, new Uint8Array(await file.arrayBuffer()))
  if (!picture || whole.length <= limit) return whole
  for (const [side, quality] of TRIES) {
    const smaller = await draw(picture, name, side, quality)
    if (smaller.length <= limit) return smaller
  }
  return whole
}

/** @type {T.DrawPicture} */
async function draw(picture, name, side, quality) {
  const scale = Math.min(1, side / Math.max(picture.width, picture.height))
  const width = Math.ceil(picture.width * scale)
  const height = Math.ceil(picture.height * scale)
  const canvas = Object.assign(document.createElement('canvas'), { width, height })
  canvas.getContext('2d')?.drawImage(picture, 0, 0, width, height)
  /** @type {Blob | null} */
  const blob = await new Promise((resolve) => canvas.toBlob(resolve, 'image/webp', quality))
  const bytes = new Uint8Array((await blob?.arrayBuffer()) ?? [])
  return encodeFile({ name: name.replace(/\.\w+$/, '.webp'), type: blob?.type ?? '', width, height }, bytes)
}
