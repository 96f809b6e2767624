import { cp, mkdir, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { root } from './tools.ts'

/** What the run stage takes from the sources as it is; docker.test.ts holds the Dockerfile to this list. */
export const copiedAsIs = ['package.json', 'sql', 'web', 'docker/healthcheck.js']

/** Lays out a folder as the image's /app is, with the built server and without its dependencies. */
export const layOutImage = async (folder: string): Promise<void> => {
  for (const part of ['schemas', 'src'])
    await cp(join(root, 'dist', part), join(folder, 'dist', part), { recursive: true })
  await mkdir(join(folder, 'docker'))
  for (const each of copiedAsIs) await cp(join(root, each), join(folder, each), { recursive: true })
}

/** Gives such a folder the dependencies that are installed here, instead of a clean installation. */
export const borrowDependencies = (folder: string): Promise<void> =>
  symlink(join(root, 'node_modules'), join(folder, 'node_modules'))
