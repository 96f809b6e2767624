import { setTimeout as sleep } from 'node:timers/promises'
import type { Test as Tap } from 'tap'
import { type Correspondent, createCorrespondent } from './correspondent.ts'
import { createDatacenter, type Datacenter, type Host } from './datacenter.ts'
import { borrowDependencies, layOutImage } from './image.ts'
import { findProgram, temporaryFolder } from './tools.ts'

const missing = ['jq', 'curl', 'bash'].filter((program) => findProgram(program) === undefined)

/** Why the hand-over cannot be tried on this machine, if it cannot. */
export const skipHandover =
  process.platform === 'linux'
    ? missing.length > 0 && `${missing} is not installed, so the hand-over was NOT checked`
    : 'the hand-over was NOT checked: it needs the whole of 127.0.0.0/8'

/** A datacenter that serves, and somebody who uses it all the time. */
export interface World extends Datacenter {
  readonly url: string
  readonly correspondent: Correspondent
  /** The VM whose turn it is, and the other one. */
  serving: Host
  idle: Host
  swap(): void
  /** Asserts that exactly one side serves, and that it has everything. */
  onlyServing(t: Tap, what: string): void
  /** Kills or terminates the run right at a change in the cloud. */
  interrupt(
    run: ReturnType<Datacenter['handOver']>,
    step: number,
    moment: 'before' | 'after',
    signal: NodeJS.Signals,
  ): void
  /** Stops the user and asserts that all he was told is true. */
  nothingIsLost(t: Tap): Promise<void>
}

/** Builds the image's contents and makes the first deployment. */
export const deploy = async (t: Tap): Promise<World> => {
  const server = await temporaryFolder(t)
  await layOutImage(server)
  await borrowDependencies(server)
  const datacenter = await createDatacenter(t, server)
  const { cloud, port, hosts, violations } = datacenter
  const url = `http://${cloud.address}:${port}`
  const { code, log } = await datacenter.handOver(hosts[0]).done
  t.equal(code, 0, log)
  const correspondent = await createCorrespondent(url)
  t.teardown(() => correspondent.stop())

  const world: World = {
    ...datacenter,
    url,
    correspondent,
    serving: hosts[0],
    idle: hosts[1],
    swap: () => {
      ;[world.serving, world.idle] = [world.idle, world.serving]
    },
    onlyServing: (t, what) => {
      t.equal(cloud.diskHolder, world.serving.machine.id, `${what}: has the disk`)
      t.equal(cloud.addressHolder()?.id, world.serving.machine.id, `${what}: has the address`)
      t.ok(world.serving.stack.running, `${what}: serves`)
      t.notOk(world.idle.stack.running, `${what}: alone`)
    },
    interrupt: ({ child }, step, moment, signal) => {
      cloud.count = 0
      cloud.onMutation = (count, when) => {
        if (count === step && when === moment && child.pid)
          process.kill(signal === 'SIGKILL' ? -child.pid : child.pid, signal)
      }
    },
    nothingIsLost: async (t) => {
      await sleep(200)
      await correspondent.stop()
      const mailbox = await correspondent.mailbox()
      const stored = new Set(mailbox)
      t.comment(`${correspondent.acknowledged.size} messages acknowledged`)
      t.ok(correspondent.acknowledged.size > 50, correspondent.refused())
      t.same(
        [...correspondent.acknowledged].filter((id) => !stored.has(id)),
        [],
        'no acknowledged message is lost',
      )
      t.equal(mailbox.length, stored.size, 'and none is there twice')
      t.same(violations, [])
      const exits = hosts.flatMap(({ stack }) => stack.exits)
      t.ok(
        exits.every((code) => code === 0),
        `every server stopped with 0: ${exits}`,
      )
    },
  }
  return world
}
