/** Bytes that are carved into buffers before new ones are asked for. */
const SLAB_BYTES = 262_144

let slab = Buffer.allocUnsafeSlow(SLAB_BYTES)
let used = 0

/**
 * A buffer with undefined content for something that is on its way out. Node pools buffers below 4 KiB alone; larger
 * ones, such as the frame of a payload of 1 KiB, cost an allocation and a collection each. Whoever keeps such a buffer
 * keeps its whole slab, so what has to wait is copied.
 */
export function allocate(bytes: number): Buffer {
  if (bytes > SLAB_BYTES / 4) return Buffer.allocUnsafeSlow(bytes)
  if (used + bytes > SLAB_BYTES) {
    slab = Buffer.allocUnsafeSlow(SLAB_BYTES)
    used = 0
  }
  const start = used
  used += bytes
  return slab.subarray(start, used)
}
