import t from 'tap'
import { decode, encodeFile, encodeText } from '../../web/content.js'

t.test('text is its bytes and nothing else', async (t) => {
  for (const text of ['hi', 'Привет\n\tмир', '🙂', '\uFEFFmark', '']) {
    t.same([...encodeText(text)], [...Buffer.from(text)])
    t.same(decode([...encodeText(text)]), { kind: 'text', text })
  }
})

t.test('a file keeps its name, its type, its size on screen and every byte', async (t) => {
  const bytes = Uint8Array.from({ length: 256 }, (_, index) => index)
  const header = { name: 'кот.png', type: 'image/png', width: 3, height: 4 }
  t.same(decode(encodeFile(header, bytes)), { kind: 'file', ...header, bytes })
  t.same(decode(encodeFile({ name: '', type: '' }, new Uint8Array())), {
    kind: 'file',
    name: '',
    type: '',
    bytes: new Uint8Array(),
  })
})

t.test('a file is never valid UTF-8', async (t) => {
  const payload = encodeFile({ name: 'a', type: 'b' }, new TextEncoder().encode('only text'))
  t.throws(() => new TextDecoder('utf-8', { fatal: true }).decode(payload))
})

t.test('anything else is a file without a name', async (t) => {
  const broken = [
    [0xff],
    [0xff, 1],
    [0xff, 1, 0, 9, 123],
    [0xff, 1, 0, 2, 123, 125],
    [0xff, 2, 0, 0],
    [0xc3],
    [0, 1, 2],
    [104, 0],
  ]
  for (const payload of broken) {
    t.same(decode(payload), { kind: 'file', name: '', type: '', bytes: Uint8Array.from(payload) }, String(payload))
  }
})

t.test('a size that is none is left out', async (t) => {
  const header = { name: 'a', type: 'image/png', width: -1, height: 1e9 }
  t.same(Object.keys(decode(encodeFile(header, new Uint8Array()))), ['kind', 'name', 'type', 'bytes'])
})
