import { readFile } from 'node:fs/promises'

const MIB = 1_048_576

/**
 * What the table "Memory" of ARCHITECTURE.md allows one server, in bytes.
 * @param sockets how many are open
 */
export const readBound = async (): Promise<(sockets: number) => number> => {
  const text = await readFile(new URL('../../../ARCHITECTURE.md', import.meta.url), 'utf8')
  const lines = text.split('\n')
  const bytes = (what: string): number => {
    const line = lines.find((line) => line.startsWith(`| ${what}`)) ?? ''
    const [, figure] = /\| \**([\d.]+) MiB\** \|$/.exec(line) ?? []
    if (figure === undefined) throw new Error(`ARCHITECTURE.md does not say how much memory goes to: ${what}`)
    return Number(figure) * MIB
  }
  const shared = bytes('**all that is shared**')
  const each = bytes('a socket at worst, out') + bytes('a socket at worst, in')
  return (sockets) => shared + sockets * each
}
