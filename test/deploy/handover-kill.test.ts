import t from 'tap'
import { WebSocket } from 'ws'
import { deploy, skipHandover } from './handover.ts'

// What a kill just before a change leaves behind is what one just after the change before it leaves.
const moments = process.env['DEPLOY_FULL'] === undefined ? (['after'] as const) : (['before', 'after'] as const)

t.test('a hand-over is killed at each of its steps and run again', { skip: skipHandover }, async (t) => {
  const world = await deploy(t)
  const { cloud } = world

  await t.test('unharmed, it takes seconds, and sockets are told to come back', async (t) => {
    const socket = new WebSocket(`${world.url.replace('http', 'ws')}/ws?token=${world.correspondent.token}`)
    const closed = new Promise<number>((resolve) => socket.on('close', resolve))
    await new Promise((resolve) => socket.on('open', resolve))
    await world.idle.renew()
    cloud.count = 0
    const start = Date.now()
    const { code, log } = await world.handOver(world.idle).done
    t.equal(code, 0, log)
    t.equal(await closed, 1001)
    t.comment(`${Date.now() - start} ms, ${cloud.count} changes in the cloud`)
    world.swap()
    world.onlyServing(t, 'the new VM')
  })

  const steps = cloud.count
  t.ok(steps > 5)
  for (let step = 1; step <= steps; step += 1) {
    for (const moment of moments) {
      await t.test(`killed ${moment} change ${step} of ${steps}`, async (t) => {
        await world.idle.renew()
        const run = world.handOver(world.idle)
        world.interrupt(run, step, moment, 'SIGKILL')
        t.equal((await run.done).code, null, 'killed')
        cloud.onMutation = () => undefined
        const { code, log } = await world.handOver(world.idle).done
        t.equal(code, 0, log)
        world.swap()
        world.onlyServing(t, 'the new VM')
      })
    }
  }

  await t.test('nothing to do is nothing done', async (t) => {
    cloud.count = 0
    t.equal((await world.handOver(world.serving).done).code, 0)
    t.equal(cloud.count, 0)
  })
  await world.nothingIsLost(t)
})
