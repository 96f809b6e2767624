import { existsSync } from 'node:fs'
import { chmod, mkdir, rename, rmdir, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import sparticuz from '@sparticuz/chromium'
import { type Browser, chromium } from 'playwright-core'

/** Browsers that the machine may have anyway. */
const systemBrowsers = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

const args = [
  // Root has no sandbox, and neither have most containers.
  '--no-sandbox',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
  '--font-render-hinting=none',
]

/**
 * Where the package's fonts are, for machines that have none: its own list says below `/tmp`, wherever it unpacks them,
 * and without a single font the browser ends itself.
 */
const fontList = join(tmpdir(), 'fonts.conf')
const fontListText = `<?xml version="1.0"?>
<fontconfig><dir>${join(tmpdir(), 'fonts')}</dir><cachedir>${join(tmpdir(), 'fonts-cache')}</cachedir></fontconfig>
`

/** Longer than any unpacking takes: a lock as old as that was left behind. */
const UNPACK_MS = 60_000

/** Unpacks the browser that came as a package; test files do so side by side, but one at a time. */
const unpack = async (): Promise<string> => {
  const lock = join(tmpdir(), 'chromium.lock')
  const deadline = Date.now() + UNPACK_MS
  while (
    !(await mkdir(lock).then(
      () => true,
      () => Date.now() > deadline,
    ))
  ) {
    await sleep(100)
  }
  try {
    const path = await sparticuz.executablePath()
    // It is unpacked for its owner alone, and a plain user may come after root.
    await chmod(path, 0o755).catch(() => undefined)
    // Another browser may be reading it.
    await writeFile(`${fontList}.new`, fontListText)
    await rename(`${fontList}.new`, fontList)
    return path
  } finally {
    await rmdir(lock).catch(() => undefined)
  }
}

/** Starts a browser without a window. */
export const launch = async (): Promise<Browser> => {
  const system = systemBrowsers.find((path) => existsSync(path))
  const executablePath = system ?? (await unpack())
  const fonts = system ? {} : { FONTCONFIG_FILE: fontList }
  return chromium.launch({ executablePath, args, headless: true, env: { ...process.env, ...fonts } })
}
