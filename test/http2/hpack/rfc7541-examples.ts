export interface ExampleBlock {
  readonly hex: string
  readonly raw: readonly string[]
  /** The size of the dynamic table afterwards. */
  readonly tableSize: number
}

/** One connection: the blocks share a dynamic table. */
export interface Example {
  readonly section: string
  readonly maxTableSize: number
  readonly blocks: readonly ExampleBlock[]
}

const request = [':method', 'GET', ':scheme', 'http', ':path', '/', ':authority', 'www.example.com']
const lastRequest = [
  ':method', 'GET', ':scheme', 'https', ':path', '/index.html', ':authority', 'www.example.com', 'custom-key', 'custom-value'
]
const date = 'Mon, 21 Oct 2013 20:13:21 GMT'
const found = [':status', '302', 'cache-control', 'private', 'date', date, 'location', 'https://www.example.com']
const notModified = [':status', '307', ...found.slice(2)]
const withCookie = [
  ':status', '200', 'cache-control', 'private', 'date', 'Mon, 21 Oct 2013 20:13:22 GMT', 'location', 'https://www.example.com',
  'content-encoding', 'gzip', 'set-cookie', 'foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1'
]

function single (section: string, hex: string, raw: readonly string[], tableSize: number): Example {
  return { section, maxTableSize: 4096, blocks: [{ hex, raw, tableSize }] }
}

/** RFC 7541 appendix C, sections 2 to 6. */
export const examples: readonly Example[] = [
  single('C.2.1', '400a637573746f6d2d6b65790d637573746f6d2d686561646572', ['custom-key', 'custom-header'], 55),
  single('C.2.2', '040c2f73616d706c652f70617468', [':path', '/sample/path'], 0),
  single('C.2.3', '100870617373776f726406736563726574', ['password', 'secret'], 0),
  single('C.2.4', '82', [':method', 'GET'], 0),
  {
    section: 'C.3',
    maxTableSize: 4096,
    blocks: [
      { hex: '828684410f7777772e6578616d706c652e636f6d', raw: request, tableSize: 57 },
      { hex: '828684be58086e6f2d6361636865', raw: [...request, 'cache-control', 'no-cache'], tableSize: 110 },
      { hex: '828785bf400a637573746f6d2d6b65790c637573746f6d2d76616c7565', raw: lastRequest, tableSize: 164 }
    ]
  },
  {
    section: 'C.4',
    maxTableSize: 4096,
    blocks: [
      { hex: '828684418cf1e3c2e5f23a6ba0ab90f4ff', raw: request, tableSize: 57 },
      { hex: '828684be5886a8eb10649cbf', raw: [...request, 'cache-control', 'no-cache'], tableSize: 110 },
      { hex: '828785bf408825a849e95ba97d7f8925a849e95bb8e8b4bf', raw: lastRequest, tableSize: 164 }
    ]
  },
  {
    section: 'C.5',
    maxTableSize: 256,
    blocks: [
      {
        hex: '4803333032580770726976617465611d4d6f6e2c203231204f637420323031332032303a31333a323120474d54' +
          '6e1768747470733a2f2f7777772e6578616d706c652e636f6d',
        raw: found,
        tableSize: 222
      },
      { hex: '4803333037c1c0bf', raw: notModified, tableSize: 222 },
      {
        hex: '88c1611d4d6f6e2c203231204f637420323031332032303a31333a323220474d54c05a04677a69707738666f6f3d4153444a4b48514b425a584f5157' +
          '454f50495541585157454f49553b206d61782d6167653d333630303b2076657273696f6e3d31',
        raw: withCookie,
        tableSize: 215
      }
    ]
  },
  {
    section: 'C.6',
    maxTableSize: 256,
    blocks: [
      {
        hex: '488264025885aec3771a4b6196d07abe941054d444a8200595040b8166e082a62d1bff6e919d29ad171863c78f0b97c8e9ae82ae43d3',
        raw: found,
        tableSize: 222
      },
      { hex: '4883640effc1c0bf', raw: notModified, tableSize: 222 },
      {
        hex: '88c16196d07abe941054d444a8200595040b8166e084a62d1bffc05a839bd9ab77ad94e7821dd7f2e6c7b335dfdfcd5b3960d5af27087f3672c1ab27' +
          '0fb5291f9587316065c003ed4ee5b1063d5007',
        raw: withCookie,
        tableSize: 215
      }
    ]
  }
]
