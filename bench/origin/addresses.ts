/** The first `count` loopback addresses of the origin: 127.1.0.1 to 127.1.0.250, then 127.1.1.1 and on. */
export function originAddresses (count: number): string[] {
  return Array.from({ length: count }, (_, index) => `127.1.${Math.floor(index / 250)}.${index % 250 + 1}`)
}
