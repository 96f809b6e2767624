import type { TSchema } from '@sinclair/typebox'

type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

const isObject = (value: Json | undefined): value is { [key: string]: Json } =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** A schema with the title of a component becomes a reference to it; its own description may stay beside it (3.1). */
function refer(value: Json, titles: ReadonlySet<string>, within: string | undefined): Json {
  if (Array.isArray(value)) return value.map((item) => refer(item, titles, undefined))
  if (!isObject(value)) return value
  const { title, description } = value
  if (typeof title === 'string' && titles.has(title) && title !== within && !('$ref' in value)) {
    const ref = { $ref: `#/components/schemas/${title}` }
    return typeof description === 'string' && title !== 'Error' ? { ...ref, description } : ref
  }
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, refer(inner, titles, undefined)]))
}

/**
 * Names what the schemas share: every sub-schema whose title is a component's is replaced by a reference. So schemas
 * need no `$id` and no registry to be readable in the document.
 */
export function hoist<D extends { components?: object }>(document: D, components: readonly TSchema[]): D {
  const schemas = Object.fromEntries(components.map((schema) => [String(schema.title), toJson(schema)]))
  const titles = new Set(Object.keys(schemas))
  const { info, ...rest } = toJson(document) as { [key: string]: Json }
  const referred = refer(rest, titles, undefined) as { components?: { [key: string]: Json } }
  const named = Object.entries(schemas).map(([title, schema]) => [title, refer(schema, titles, title)])
  return {
    info,
    ...referred,
    components: { ...referred.components, schemas: Object.fromEntries(named) },
  } as unknown as D
}

/** Symbols, which TypeBox puts on its schemas, have no place in a document. */
const toJson = (value: object): Json => JSON.parse(JSON.stringify(value)) as Json
