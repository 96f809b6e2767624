import t from 'tap'
import { clientFrame, FrameReader, newMask, opcodes } from '../../bench/frames.ts'
import { isUnstored, messageFrame, readStamp, SEQ_LIMIT, stampFrame } from '../../bench/stamp.ts'

/** A frame as a server sends it. */
const serverFrame = (opcode: number, payload: Buffer): Buffer => {
  const { length } = payload
  const head =
    length < 126
      ? Buffer.from([0x80 | opcode, length])
      : length < 65_536
        ? Buffer.from([0x80 | opcode, 126, length >> 8, length & 255])
        : Buffer.from([0x80 | opcode, 127, 0, 0, 0, 0, ...[24, 16, 8, 0].map((shift) => (length >> shift) & 255)])
  return Buffer.concat([head, payload])
}

const unmask = (frame: Buffer, textAt: number, mask: Buffer): string =>
  Buffer.from(frame.subarray(textAt).map((byte, i) => byte ^ (mask[i & 3] ?? 0))).toString()

t.test('a byte stream is cut into the same frames wherever the reads end', async (t) => {
  const texts = [
    '',
    'a',
    'b'.repeat(125),
    'c'.repeat(126),
    `${'d'.repeat(999)}D`,
    `${'e'.repeat(69_990)}0123456789`,
    'f',
  ]
  const stream = Buffer.concat([
    ...texts.map((text) => serverFrame(opcodes.text, Buffer.from(text))),
    serverFrame(opcodes.ping, Buffer.from('42')),
    serverFrame(opcodes.text, Buffer.from('end')),
  ])
  for (const size of [1, 2, 3, 7, 100, 321, 4096, 65_536, stream.length]) {
    const seen: string[] = []
    const ends: string[] = []
    const reader = new FrameReader({
      onText: (data, start, length) =>
        seen.push(`${data.toString('utf8', start, start + Math.min(length, 1))}${length}`),
      onTextEnd: (tail) => ends.push(tail.toString()),
      onControl: (opcode, payload) => seen.push(`control ${opcode} ${payload}`),
    })
    // One buffer for all reads, as the sockets of the load generator have.
    const read = Buffer.alloc(size)
    for (let at = 0; at < stream.length; at += size) reader.push(read.subarray(0, stream.copy(read, 0, at, at + size)))
    t.same(seen, ['0', 'a1', 'b125', 'c126', 'd1000', 'e70000', 'f1', 'control 9 42', 'e3'], `reads of ${size} bytes`)
    t.same(
      ends,
      [...texts, 'end'].map((text) => text.slice(-32)),
    )
  }
})

t.test('a client frame is masked and readable', async (t) => {
  const mask = newMask()
  t.notOk(mask.includes(0))
  const frame = clientFrame(opcodes.text, Buffer.from('hello'), mask)
  t.same([...frame.subarray(0, 2)], [0x81, 0x85])
  t.equal(unmask(frame, 6, mask), 'hello')
})

t.test('a stamp written into a masked frame is read out of the answer', async (t) => {
  const mask = newMask()
  const receiver = '0198f3a2-7c1e-7b60-9a51-3d1f0c5e8a42'
  const template = messageFrame(receiver, 64, mask)
  stampFrame(template.bytes, 0, template, mask, { run: 7, seq: 12_345_678 })
  const { receiver_id, payload } = JSON.parse(unmask(template.bytes, template.textAt, mask))
  t.equal(receiver_id, receiver)
  t.equal(payload.length, 64)
  const answer = Buffer.from(`..${JSON.stringify({ id: receiver, sender_id: receiver, receiver_id, payload, seq: 1 })}`)
  t.equal(readStamp(answer, 2), 7 * SEQ_LIMIT + 12_345_678)
  t.equal(readStamp(Buffer.from('{"error":"receiver not found"}'), 0), -1)
})

t.test('a message that was passed on without being stored is told by its end', async (t) => {
  t.ok(isUnstored(Buffer.from('"2026-11-29T00:00:00.000000Z","persisted":false}')))
  for (const end of [
    '"2026-11-29T00:00:00.000000Z","seq":1}',
    '"persisted":true}',
    '"created_at":"1"}',
    'false}',
    '}',
    '',
  ])
    t.notOk(isUnstored(Buffer.from(end)), end)
})
