import { cp, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import ts from 'typescript'
import { root } from './tools.ts'

/** What the run stage takes from the sources as it is; docker.test.ts holds the Dockerfile to this list. */
export const copiedAsIs = ['package.json', 'sql', 'web', 'docker/healthcheck.js']

const isSource = (name: string): boolean => /\.[jt]s$/.test(name)

/** Compiles as `npm run build` does, without checking the types again: seconds less. */
const compile = async (folder: string): Promise<void> => {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile)
  const { options } = ts.convertCompilerOptionsFromJson({ ...config.compilerOptions, module: 'esnext' }, root)
  for (const part of ['schemas', 'src']) {
    for (const file of (await readdir(join(root, part), { recursive: true })).filter(isSource)) {
      const source = await readFile(join(root, part, file), 'utf8')
      const { outputText } = ts.transpileModule(source, { compilerOptions: options, fileName: join(root, part, file) })
      const target = join(folder, part, file.replace(/\.ts$/, '.js'))
      await mkdir(dirname(target), { recursive: true })
      await writeFile(target, outputText)
    }
  }
}

/** Lays out a folder as the image's /app is, with the compiled server and without its dependencies. */
export const layOutImage = async (folder: string): Promise<void> => {
  await compile(join(folder, 'dist'))
  await mkdir(join(folder, 'docker'))
  for (const each of copiedAsIs) await cp(join(root, each), join(folder, each), { recursive: true })
}

/** Gives such a folder the dependencies that are installed here, instead of a clean installation. */
export const borrowDependencies = (folder: string): Promise<void> =>
  symlink(join(root, 'node_modules'), join(folder, 'node_modules'))
