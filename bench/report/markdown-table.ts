/** A table that is Markdown and is legible in a terminal as well: the first column to the left, the others to the right. */
export function markdownTable (titles: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = titles.map((title, index) => Math.max(3, title.length, ...rows.map((row) => row[index]?.length ?? 0)))

  function line (cells: readonly string[]): string {
    const padded = widths.map((width, index) => index === 0 ? (cells[index] ?? '').padEnd(width) : (cells[index] ?? '').padStart(width))
    return `| ${padded.join(' | ')} |`
  }

  const rule = widths.map((width, index) => index === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)
  return [line(titles), line(rule), ...rows.map(line)].join('\n')
}
