const toBytes = (id: string) => Buffer.from(id.replaceAll('-', ''), 'hex')
const fill = (head: Uint8Array, index: number) => ((head[index % 16] ?? 0) + index * 31) & 255

/**
 * Content that says whose it is: the id in the first 16 bytes, then bytes that follow from it.
 * @param id the message's UUID
 * @param length in bytes, at least 16
 */
export const writePayload = (id: string, length: number): number[] => {
  const head = toBytes(id)
  return Array.from({ length }, (_, index) => (index < 16 ? (head[index] ?? 0) : fill(head, index)))
}

/** @returns the id that the content was made for, or undefined when a byte is not what it was */
export const readPayload = (payload: ArrayLike<number>): string | undefined => {
  if (payload.length < 16) return undefined
  const head = Uint8Array.from({ length: 16 }, (_, index) => payload[index] ?? 0)
  for (let index = 16; index < payload.length; index += 1) {
    if (payload[index] !== fill(head, index)) return undefined
  }
  return Buffer.from(head)
    .toString('hex')
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}
