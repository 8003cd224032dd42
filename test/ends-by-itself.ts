// Imported before the tests of a process: fails it if something calls process.exit(0), since the tests behind that would go unnoticed.
let isOver = false
process.once('beforeExit', () => { isOver = true })
process.once('exit', () => {
  if (isOver) return
  console.error('the process was ended before its tests were over')
  process.exitCode = 1
})
