/** The first 12 bytes of version 2. */
const signature = '0d0a0d0a000d0a515549540a'

/** A header of version 2, as latin1: its 13th and 14th byte, and what follows its length, all in hex. */
export function version2 (bytes13And14: string, block = '', length = block.length / 2): string {
  return Buffer.from(`${signature}${bytes13And14}${length.toString(16).padStart(4, '0')}${block}`, 'hex').toString('latin1')
}

/** From 192.0.2.7:40000 to 198.51.100.1:443. */
export const statedBy1 = 'PROXY TCP4 192.0.2.7 198.51.100.1 40000 443\r\n'
export const ipv4Block = 'c0000207c6336401' + '9c4001bb'
export const statedBy2 = version2('2111', ipv4Block)
