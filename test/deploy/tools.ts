import { execFileSync, spawnSync } from 'node:child_process'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The repository's root, without a slash at its end. */
export const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '')

/** What these tools need of tap's test object. */
export interface Test {
  teardown(handler: () => unknown): void
}

/** A new folder that other users may pass through; it is removed after the test. */
export const temporaryFolder = async (t: Test): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'messenger-deploy-'))
  await chmod(folder, 0o755)
  t.teardown(() => rm(folder, { recursive: true, force: true, maxRetries: 3 }))
  return folder
}

const goBinary = (name: string): string | undefined => {
  const path = join(process.env['GOBIN'] ?? join(process.env['HOME'] ?? '/', 'go/bin'), name)
  return spawnSync(path, ['-version'], { stdio: 'ignore' }).error === undefined ? path : undefined
}

/** Where a program is, if it is on this machine. */
export const findProgram = (name: string): string | undefined => {
  const { status, stdout } = spawnSync('sh', ['-c', 'command -v "$1"', 'sh', name], { encoding: 'utf8' })
  return status === 0 ? stdout.trim() : goBinary(name)
}

/** The options for a test that needs a program; where that is absent the test is reported as skipped, with the cure. */
export const needs = (program: string, install: string): { skip: string | false } => ({
  skip: findProgram(program) === undefined && `${program} is not installed, so this was NOT checked: ${install}`,
})

/** Runs a program and returns what it prints; throws, with what it said, when it fails. */
export const execute = (
  program: string,
  args: readonly string[],
  env: Record<string, string> = {},
  cwd = root,
): string => {
  try {
    return execFileSync(program, args, {
      cwd,
      encoding: 'utf8',
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: string; stderr?: string }
    throw new Error(`${program} ${args.join(' ')}\n${stdout ?? ''}${stderr ?? error}`)
  }
}
