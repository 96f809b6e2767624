/** @import * as T from './types.ts' */

/** @template R @param {IDBRequest<R>} request @returns {Promise<R>} */
const done = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })

/**
 * One user's unsent messages, kept in IndexedDB until the server has stored them: they survive a reload and a logout.
 * @param {string} owner @param {() => void} onChange another tab has changed it
 */
export function createOutbox(owner, onChange) {
  const opening = indexedDB.open('messenger', 1)
  opening.onupgradeneeded = () => {
    // The automatic key is the order of sending, across all tabs.
    opening.result.createObjectStore('outbox', { autoIncrement: true }).createIndex('id', 'id', { unique: true })
  }
  const database = done(opening)
  const channel = new BroadcastChannel(`messenger-outbox-${owner}`)
  channel.onmessage = onChange

  /** @template R @param {(store: IDBObjectStore) => IDBRequest<R>} work */
  const run = async (work) => done(work((await database).transaction('outbox', 'readwrite').objectStore('outbox')))

  /** @param {string} id @param {(store: IDBObjectStore, key: IDBValidKey) => IDBRequest} work */
  async function change(id, work) {
    const key = await run((store) => store.index('id').getKey(id))
    if (key !== undefined) await run((store) => work(store, key))
    channel.postMessage('')
  }

  return {
    /** @returns {Promise<T.Unsent[]>} in the order of sending */
    all: async () => (await run((store) => store.getAll())).filter(({ sender_id }) => sender_id === owner),
    /** @param {T.Unsent} entry */
    add: (entry) => run((store) => store.add(entry)).then(() => channel.postMessage('')),
    /** @param {T.Unsent} entry */
    replace: (entry) => change(entry.id, (store, key) => store.put(entry, key)),
    /** @param {string} id */
    remove: (id) => change(id, (store, key) => store.delete(key)),
    close: () => channel.close(),
  }
}
