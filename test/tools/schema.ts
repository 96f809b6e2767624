// `npm run schema` writes sql/schema.sql: the schema that the migrations lead to, as one can read it and as a review can
// compare it. With --check it fails if the file says something else.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import postgres from 'postgres'
import { startEmbedded } from '../../src/db/embedded.ts'
import { migrateAt } from './database.ts'

const path = fileURLToPath(new URL('../../sql/schema.sql', import.meta.url))

// PostgreSQL's image runs every file of a folder mounted as /docker-entrypoint-initdb.d: psql leaves this one at once.
const head = `\\q
-- Made by \`npm run schema\` out of the migrations: read it, don't run it and don't edit it.\n`

/** Everything of a kind, in an order that does not depend on when it was made. Each row is one statement. */
const queries = [
  `select format('CREATE EXTENSION %I;', extname) from pg_extension where extname <> 'plpgsql' order by extname`,
  `select format('CREATE TYPE %I AS ENUM (%s);', t.typname, string_agg(quote_literal(e.enumlabel), ', ' order by e.enumsortorder))
   from pg_type t join pg_enum e on e.enumtypid = t.oid where t.typnamespace = 'public'::regnamespace group by t.typname order by 1`,
  `select format('CREATE SEQUENCE %I AS %s;', sequencename, data_type) from pg_sequences where schemaname = 'public' order by 1`,
  `select format(E'CREATE %sTABLE %I (\\n%s\\n)%s;', case relpersistence when 'u' then 'UNLOGGED ' else '' end, relname,
     concat_ws(E',\\n', (
       select string_agg(concat_ws(' ', format('    %I', attname), format_type(atttypid, atttypmod),
         case when attcollation <> typcollation then format('COLLATE %I', collname) end,
         case when attidentity <> '' then 'GENERATED ' || case attidentity when 'a' then 'ALWAYS' else 'BY DEFAULT' end || ' AS IDENTITY' end,
         case when attgenerated <> '' then 'GENERATED ALWAYS AS (' || pg_get_expr(adbin, adrelid) || ')' ||
                case attgenerated when 's' then ' STORED' else '' end
              when adbin is not null then 'DEFAULT ' || pg_get_expr(adbin, adrelid) end,
         case when attnotnull then 'NOT NULL' end,
         case when attstorage <> typstorage then 'STORAGE ' || case attstorage when 'p' then 'PLAIN' when 'e' then 'EXTERNAL' when 'm' then 'MAIN' else 'EXTENDED' end end
       ), E',\\n' order by attnum)
       from pg_attribute join pg_type on pg_type.oid = atttypid
         left join pg_collation on pg_collation.oid = attcollation
         left join pg_attrdef on adrelid = attrelid and adnum = attnum
       where attrelid = c.oid and attnum > 0 and not attisdropped
     ), (
       select string_agg(format('    CONSTRAINT %I %s', conname, pg_get_constraintdef(oid)), E',\\n' order by contype = 'f', contype <> 'p', conname)
       from pg_constraint where conrelid = c.oid and contype <> 'n'
     )), coalesce(' WITH (' || array_to_string(reloptions, ', ') || ')', ''))
   from pg_class c where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') order by relname`,
  `select indexdef || ';' from pg_indexes where schemaname = 'public' and not exists (
     select from pg_constraint where conindid = format('%I.%I', schemaname, indexname)::regclass) order by tablename, indexname`,
  `select format('CREATE VIEW %I AS%s', viewname, E'\\n' || definition) from pg_views where schemaname = 'public' order by viewname`,
  `select rtrim(pg_get_functiondef(p.oid), E'\\n') || ';' from pg_proc p where pronamespace = 'public'::regnamespace and prokind in ('f', 'p')
     and not exists (select from pg_depend where objid = p.oid and deptype = 'e') order by proname, oid::regprocedure::text`,
  `select pg_get_triggerdef(oid) || ';' from pg_trigger where not tgisinternal order by tgrelid::regclass::text, tgname`,
]

/** Migrates a fresh database and reads its schema out of the catalogs. */
const dump = async (): Promise<string> => {
  const directory = await mkdtemp(join(tmpdir(), 'messenger-schema-'))
  const server = await startEmbedded({ directory, fsync: false })
  const { host, port, user, password, database } = server
  const sql = postgres({ host, port, user, password, database, max: 1, onnotice: () => undefined })
  try {
    await migrateAt({ host, port, user, password, database })
    const blocks: string[] = []
    for (const query of queries) blocks.push(...(await sql.unsafe(query).values()).map(([text]) => String(text)))
    return `${[head, ...blocks.map((block) => block.replaceAll('public.', ''))].join('\n\n').replace('\n\n\n', '\n\n')}\n`
  } finally {
    await sql.end({ timeout: 1 })
    await server.stop()
    await rm(server.path, { recursive: true, force: true })
    await rm(directory, { recursive: true, force: true })
  }
}

const schema = await dump()
if (!process.argv.includes('--check')) {
  await writeFile(path, schema)
} else if ((await readFile(path, 'utf8').catch(() => '')) !== schema) {
  console.error('sql/schema.sql is not what the migrations lead to: npm run schema')
  process.exit(1)
}
