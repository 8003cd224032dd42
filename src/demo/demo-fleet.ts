import { fork, type ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** A demo backend in a separate process, so that it can be killed to see what the gateway does. */
export interface DemoProcess {
  readonly name: string
  readonly port: number
  readonly child: ChildProcess
}

const cli = fileURLToPath(new URL('./cli.js', import.meta.url))

/** Starts `count` demo backends one after the other, from `firstPort` upwards, skipping ports that are in use. */
export async function startDemoFleet (count: number, firstPort: number): Promise<DemoProcess[]> {
  const fleet: DemoProcess[] = []
  for (let number = 1; number <= count; number++) {
    const previous = fleet.at(-1)
    const port = Math.max(firstPort + number - 1, previous === undefined ? 0 : previous.port + 1)
    fleet.push(await start(String(number), port))
  }
  return fleet
}

/** Stops those that are still running. They also exit when the gateway dies, because their IPC channel to it closes. */
export function stopDemoFleet (fleet: DemoProcess[]): void {
  for (const { child } of fleet) if (child.connected) child.disconnect()
}

function start (name: string, port: number): Promise<DemoProcess> {
  return new Promise((resolve, reject) => {
    const child = fork(cli, ['--name', name, '--port', String(port), '--or-next'], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
    child.once('error', reject)
    child.once('exit', (code) => { reject(new Error(`the demo backend "server ${name}" exited with code ${code} before it listened`)) })
    child.once('message', (message: { port: number }) => { resolve({ name, port: message.port, child }) })
  })
}
