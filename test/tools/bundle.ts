import { readFile, symlink } from 'node:fs/promises'
import { join, relative, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build, stop } from 'esbuild'

const root = fileURLToPath(new URL('../..', import.meta.url))

/**
 * Makes each test file one module with all that is ours, at once: a loader would compile, file by file, in every
 * process. What a source asks for its own place is answered as if it were run from there.
 * @param directory where the modules go
 * @returns their paths, in the order of the files
 */
export const bundleTests = async (files: readonly string[], directory: string): Promise<string[]> => {
  await symlink(join(root, 'node_modules'), join(directory, 'node_modules'))
  await build({
    absWorkingDir: root,
    entryPoints: files.map((file) => resolve(root, file)),
    ...{ outdir: directory, outbase: root, outExtension: { '.js': '.mjs' } },
    ...{ bundle: true, packages: 'external', platform: 'node', format: 'esm', target: 'node20' },
    // What two modules name alike gets other names here; Fastify's tree goes by the true ones.
    ...{ sourcemap: true, keepNames: true },
    plugins: [
      {
        name: 'own-place',
        setup: (own) =>
          own.onLoad({ filter: /\.[jt]s$/ }, async ({ path }) => {
            const contents = (await readFile(path, 'utf8'))
              .replaceAll('import.meta.url', JSON.stringify(pathToFileURL(path).href))
              .replaceAll('import.meta.filename', JSON.stringify(path))
            return { contents, loader: path.endsWith('.ts') ? 'ts' : 'js' }
          }),
      },
    ],
  })
  // Or the compiler's process would stay beside the tests.
  await stop()
  return files.map((file) => join(directory, relative(root, resolve(root, file)).replace(/\.ts$/, '.mjs')))
}
