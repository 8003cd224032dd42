import type { Socket } from 'node:net'
import { connectToSupervisor } from '../../src/supervisor/child.ts'

/**
 * A child of the supervisor in tests: control with the plan of the environment, or a worker. Each piece that a client sends is
 * answered with who it is: `1:4711` for worker 1 with that pid, `0:…` for control.
 */
const { EVENKEEL_ROLE: role, EVENKEEL_WORKER: worker = '', TEST_PLAN: plan = '', TEST_FAULT: fault = '' } = process.env
const sockets = new Set<Socket>()
/** Those that were answered: a drain ends these, and waits for the others. */
const answered = new WeakSet<Socket>()

const link = connectToSupervisor(process, {
  onConnection: (listener, socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => {
      sockets.delete(socket)
      endIfDrained()
    })
    socket.on('data', (piece) => {
      if (String(piece) === 'die') process.exit(3)
      answered.add(socket)
      socket.write(`${worker}:${process.pid} ${listener} ${piece}`)
      if (isDraining) socket.end()
    })
    socket.on('end', () => { socket.end('ended') })
  },
  onDrain: (delayMs) => {
    console.log(JSON.stringify({ drain: worker, delayMs }))
    isDraining = true
    for (const socket of sockets) if (answered.has(socket)) socket.end()
    endIfDrained()
  },
  onStopping: () => { console.log(JSON.stringify({ stopping: worker })) },
  onDropped: (count) => { console.log(JSON.stringify({ dropped: count })) },
  onWorkers: (workers) => {
    console.log(JSON.stringify({ workers }))
    if (fault === 'control ends before workers are ready') process.exit(8)
  }
})
let isDraining = false

function endIfDrained (): void {
  if (isDraining && sockets.size === 0) link.close()
}

if (fault === `${role} ends`) process.exit(7)
if (role === 'control') {
  const bound = await link.plan(JSON.parse(plan))
  console.log(JSON.stringify({ bound }))
  if ('code' in bound) process.exit(1)
}
if (fault !== `${role} is never ready` && !(role === 'worker' && fault.endsWith('before workers are ready'))) link.ready()
