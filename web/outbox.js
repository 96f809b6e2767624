/**
 * Unsent messages, kept in IndexedDB until the server has stored them: they survive a reload, a crash and a logout.
 * @typedef {import('./talk.js').Unsent} Unsent
 */

/** @template T @param {IDBRequest<T>} request @returns {Promise<T>} */
const done = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })

/** @returns {Promise<IDBDatabase>} */
function openDatabase() {
  const request = indexedDB.open('messenger', 1)
  request.onupgradeneeded = () => {
    // The automatic key is the order of sending, across all tabs.
    request.result.createObjectStore('outbox', { autoIncrement: true }).createIndex('id', 'id', { unique: true })
  }
  return done(request)
}

/**
 * The unsent messages of one user.
 * @param {string} owner
 */
export function createOutbox(owner) {
  const database = openDatabase()
  database.catch(() => {})
  const channel = new BroadcastChannel('messenger-outbox')

  /** @param {IDBTransactionMode} mode */
  const store = async (mode) => (await database).transaction('outbox', mode).objectStore('outbox')

  /** @param {string} id @param {(cursor: IDBCursorWithValue) => IDBRequest} change */
  async function change(id, change) {
    const cursor = await done((await store('readwrite')).index('id').openCursor(id))
    if (cursor) await done(change(cursor))
    channel.postMessage(owner)
  }

  return {
    /** @param {Unsent} entry */
    async add(entry) {
      await done((await store('readwrite')).add(entry))
      channel.postMessage(owner)
    },
    /** @returns {Promise<Unsent[]>} in the order of sending */
    async all() {
      const entries = await done((await store('readonly')).getAll())
      return entries.filter(({ sender_id }) => sender_id === owner)
    },
    /** @param {string} id */
    remove: (id) => change(id, (cursor) => cursor.delete()),
    /** @param {string} id @param {Partial<Unsent>} values */
    update: (id, values) => change(id, (cursor) => cursor.update({ ...cursor.value, ...values })),
    /** Calls back when another tab has changed it. @param {() => void} listener */
    onChange: (listener) => {
      channel.onmessage = ({ data }) => data === owner && listener()
    },
    close: () => channel.close(),
  }
}
