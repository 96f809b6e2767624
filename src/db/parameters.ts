/**
 * Lets go of the parameters of a statement that has been answered. postgres.js 3.4.9 keeps them with its query, and each
 * query, though garbage, until the next full collection: V8 makes a function that is assigned to a property, as in
 * `this.resolve = x => …`, in the old generation, and what the old generation points to survives. Without this 780 bytes
 * of a message of 200 survived the collections of the young generation, and the process swelled by 50 MiB between two
 * full ones; with it 310.
 */
export function forgetParameters(query: object): void {
  if ('args' in query && 'parameters' in query) {
    query.args = undefined
    query.parameters = undefined
  }
}
