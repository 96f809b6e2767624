import { readdir, readFile } from 'node:fs/promises'

/** The priority (-20 to 19) of a process's first thread, and those of its others, as Linux has them. */
export const priorities = async (pid: number): Promise<{ eventLoop: number; helpers: number[] }> => {
  const folder = `/proc/${pid}/task`
  // proc(5): the 19th field of `stat`; the second is a name in parentheses.
  const priorityOf = async (thread: string) =>
    Number((await readFile(`${folder}/${thread}/stat`, 'utf8')).replace(/^.*\) /s, '').split(' ')[16])
  const helpers = (await readdir(folder)).filter((thread) => thread !== String(pid))
  return { eventLoop: await priorityOf(String(pid)), helpers: await Promise.all(helpers.map(priorityOf)) }
}
