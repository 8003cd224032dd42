import { systemClock } from '../../src/base/clock.ts'
import { LogDestination } from '../../src/observe/log-destination.ts'

// Logs so many lines of all lengths to stdout, which others may share: `log-program WRITER LINES`.

const [writer = '', lines = '0'] = process.argv.slice(2)
const destination = new LogDestination({
  fd: 1,
  clock: systemClock,
  onLost: (count) => { throw new Error(`${count} lines were lost`) },
  isShared: process.env['IS_SHARED'] !== 'no'
})

for (let number = 0; number < Number(lines); number++) {
  const isLong = number % 40 === 0
  const text = (isLong ? 'é€😀' : 'x').repeat(isLong ? 200 + number % 4000 : number * 7 % 900)
  destination.write(`${JSON.stringify({ level: 30, writer, number, text, length: text.length })}\n`)
}
await destination.end()
