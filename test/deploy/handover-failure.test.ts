import t from 'tap'
import { deploy, skipHandover } from './handover.ts'

t.test('a hand-over that fails gives the service back', { skip: skipHandover }, async (t) => {
  const world = await deploy(t)
  const { cloud } = world

  await t.test('when the new VM is not prepared, nothing is touched', async (t) => {
    await world.idle.renew()
    await world.idle.machineIsUnprepared()
    cloud.count = 0
    t.equal((await world.handOver(world.idle, { READY_TIMEOUT: '1' }).done).code, 1)
    t.equal(cloud.count, 0)
    world.onlyServing(t, 'the old VM')
  })

  await t.test('when the new release does not start', async (t) => {
    await world.idle.renew()
    world.idle.stack.broken = true
    const { code, log } = await world.handOver(world.idle).done
    t.equal(code, 1, 'the deployment fails')
    t.match(log, 'serves again')
    world.onlyServing(t, 'the old VM')
    t.ok((await fetch(`${world.url}/health`)).ok)
  })

  await t.test('when it is told to stop half-way', async (t) => {
    const run = world.handOver(world.idle)
    world.interrupt(run, 2, 'after', 'SIGTERM')
    const { code, log } = await run.done
    t.equal(code, 143, log)
    world.onlyServing(t, 'the old VM')
  })

  await t.test('when an earlier run was killed and the new release does not start', async (t) => {
    const run = world.handOver(world.idle)
    world.interrupt(run, 3, 'after', 'SIGKILL')
    await run.done
    cloud.onMutation = () => undefined
    t.equal((await world.handOver(world.idle).done).code, 1, 'still broken')
    world.onlyServing(t, 'the old VM')
  })

  await t.test('when the disk is with a VM that never served, and a third one does not start', async (t) => {
    const run = world.handOver(world.idle)
    world.interrupt(run, 3, 'after', 'SIGKILL')
    await run.done
    cloud.onMutation = () => undefined
    t.equal(cloud.diskHolder, world.idle.machine.id)
    const third = await world.addHost()
    await third.renew()
    third.stack.broken = true
    const { code, log } = await world.handOver(third).done
    t.equal(code, 1)
    t.match(log, 'serves again')
    world.onlyServing(t, 'the old VM')
    world.idle.stack.broken = false
  })

  await t.test('a system that does not let the disk go is shut down', async (t) => {
    await world.idle.renew()
    const stubborn = world.serving
    cloud.onMutation = (_count, when, verb) => {
      if (verb === 'detach-disk' && when === 'before' && stubborn.machine.status === 'RUNNING')
        throw new Error('yc: the guest does not answer')
    }
    const { code, log } = await world.handOver(world.idle).done
    cloud.onMutation = () => undefined
    t.equal(code, 0, log)
    t.equal(stubborn.machine.status, 'STOPPED')
    world.swap()
    world.onlyServing(t, 'the new VM')
  })

  await t.test('an old VM that does not answer is shut down first', async (t) => {
    await world.idle.renew()
    const deaf = world.serving
    cloud.count = 0
    cloud.onMutation = (count, when) => {
      // The order never reaches it.
      if (count === 1 && when === 'after') deaf.machine.metadata = {}
    }
    const { code, log } = await world.handOver(world.idle, { STOP_TIMEOUT: '1' }).done
    cloud.onMutation = () => undefined
    t.equal(code, 0, log)
    t.match(log, 'shutting the VM down')
    t.equal(deaf.machine.status, 'STOPPED')
    world.swap()
    world.onlyServing(t, 'the new VM')
  })
  await world.nothingIsLost(t)
})
