import { type Static, Type } from '@sinclair/typebox'
import { Ajv } from 'ajv'

const Text = Type.Union([Type.String(), Type.Number()])
const Environment = Type.Record(Type.String({ pattern: '^[A-Z_]+$' }), Text)
const Duration = Type.String({ pattern: '^\\d+(ms|s|m|h)$' })
const Size = Type.String({ pattern: '^\\d+(k|m|g)$' })
const closed = { additionalProperties: false }

const Service = Type.Object(
  {
    image: Type.Optional(Type.String()),
    build: Type.Optional(Type.Object({ context: Type.String(), dockerfile: Type.String() }, closed)),
    container_name: Type.Optional(Type.String()),
    restart: Type.Optional(Type.Literal('unless-stopped')),
    environment: Environment,
    volumes: Type.Optional(
      Type.Array(
        Type.Union([
          Type.String({ pattern: '^[\\w./-]+:/[\\w./-]+(:ro)?$' }),
          Type.Object(
            {
              type: Type.Literal('bind'),
              source: Type.String(),
              target: Type.String(),
              bind: Type.Object({ create_host_path: Type.Boolean() }, closed),
            },
            closed,
          ),
        ]),
      ),
    ),
    ports: Type.Optional(Type.Array(Type.String({ pattern: '^(\\d+|\\$\\{\\w+\\}):(\\d+|\\$\\{\\w+\\})$' }))),
    networks: Type.Optional(Type.Array(Type.String())),
    depends_on: Type.Optional(
      Type.Record(Type.String(), Type.Object({ condition: Type.Literal('service_healthy') }, closed)),
    ),
    healthcheck: Type.Optional(
      Type.Object(
        {
          test: Type.Array(Type.String(), { minItems: 2 }),
          interval: Duration,
          timeout: Duration,
          retries: Type.Integer(),
          start_period: Type.Optional(Duration),
        },
        closed,
      ),
    ),
    read_only: Type.Optional(Type.Boolean()),
    tmpfs: Type.Optional(Type.Array(Type.String())),
    cap_drop: Type.Optional(Type.Array(Type.String())),
    cap_add: Type.Optional(Type.Array(Type.String())),
    security_opt: Type.Optional(Type.Array(Type.String())),
    shm_size: Type.Optional(Size),
    mem_limit: Type.Optional(Size),
    pids_limit: Type.Optional(Type.Integer()),
    stop_grace_period: Duration,
    logging: Type.Optional(
      Type.Object({ driver: Type.String(), options: Type.Record(Type.String(), Type.String()) }, closed),
    ),
  },
  closed,
)

/** The part of the Compose specification that our files use; a misspelt key is an error. */
const Compose = Type.Object(
  {
    name: Type.String(),
    'x-logging': Type.Optional(Type.Unknown()),
    services: Type.Record(Type.String(), Service),
    volumes: Type.Optional(Type.Record(Type.String(), Type.Null())),
    networks: Type.Optional(
      Type.Record(Type.String(), Type.Object({ name: Type.String(), internal: Type.Optional(Type.Boolean()) }, closed)),
    ),
  },
  closed,
)

const validate = new Ajv({ allErrors: true }).compile<Static<typeof Compose>>(Compose)

/** What is wrong with a Compose file: against the schema, and names that lead nowhere. */
export const checkCompose = (file: unknown): string[] => {
  if (!validate(file)) return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`)
  return Object.entries(file.services).flatMap(([name, service]) => {
    const used = [
      ...Object.keys(service.depends_on ?? {}).map((each) => [each, file.services] as const),
      ...(service.networks ?? []).map((each) => [each, file.networks ?? {}] as const),
      ...(service.volumes ?? []).flatMap((volume) => {
        const [source = ''] = typeof volume === 'string' ? volume.split(':') : []
        return /^\w/.test(source) ? [[source, file.volumes ?? {}] as const] : []
      }),
    ]
    const unknown = used.filter(([each, known]) => !(each in known)).map(([each]) => `${name}: ${each} is not declared`)
    const unhealthy = Object.keys(service.depends_on ?? {}).filter((each) => !file.services[each]?.healthcheck)
    return [...unknown, ...unhealthy.map((each) => `${name}: ${each} has no health check`)]
  })
}
