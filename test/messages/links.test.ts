import t from 'tap'
import { nextLink } from '../../src/messages/links.ts'

t.test('a link keeps the query, sets the cursor and drops what no longer holds', async (t) => {
  t.equal(nextLink('/api/list?limit=3', { before: 'x' }), '</api/list?limit=3&before=x>; rel="next"')
  t.equal(nextLink('/api/list?before=a&limit=3', { before: 'b' }), '</api/list?before=b&limit=3>; rel="next"')
  t.equal(nextLink('/api/list?offset=9', { after: 7, offset: undefined }), '</api/list?after=7>; rel="next"')
})

t.test('whatever stands in the URL, the link stays one link', async (t) => {
  t.equal(
    nextLink('/a?x=%3E%3B%20rel%3D%22prev%22', { before: 'b' }),
    '</a?x=%3E%3B+rel%3D%22prev%22&before=b>; rel="next"',
  )
})
