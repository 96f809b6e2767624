import { existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sparticuz from '@sparticuz/chromium'
import { type Browser, chromium } from 'playwright-core'

/** A browser that the machine has anyway, or the one that came as a package. */
const systemBrowsers = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

const args = [
  // Root has no sandbox, and neither have most containers.
  '--no-sandbox',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
  '--font-render-hinting=none',
  '--force-color-profile=srgb',
]

/** Starts the browser. */
export const launch = async (): Promise<Browser> => {
  const system = systemBrowsers.find((path) => existsSync(path))
  const executablePath = system ?? (await sparticuz.executablePath())
  // The package brings fonts for machines that have none.
  const fonts = system ? {} : { FONTCONFIG_PATH: join(tmpdir(), 'fonts') }
  return chromium.launch({ executablePath, args, headless: true, env: { ...process.env, ...fonts } as Record<string, string> })
}
