/*
 * The service of this example, for server and client:
 *
 *   service Greeter {
 *     rpc Greet (Text) returns (Text);
 *     rpc GreetInAllLanguages (Text) returns (stream Text);
 *   }
 *   message Text { string text = 1; }
 *
 * It is written by hand so that the example needs nothing but @grpc/grpc-js. Your own service would come from its .proto file, by
 * @grpc/proto-loader or generated code; to Evenkeel that makes no difference.
 */

export const greeter = {
  greet: method('/example.Greeter/Greet', false),
  greetInAllLanguages: method('/example.Greeter/GreetInAllLanguages', true)
}

/** grpc.health.v1.Health, which Evenkeel calls with `check=grpc`. A status of 1 is SERVING, 2 is NOT_SERVING. */
export const health = {
  check: {
    path: '/grpc.health.v1.Health/Check',
    requestStream: false,
    responseStream: false,
    requestSerialize: writeText,
    requestDeserialize: readText,
    responseSerialize: ({ status }) => Buffer.from([0x08, status]),
    responseDeserialize: (bytes) => ({ status: bytes[1] ?? 0 })
  }
}

function method (path, responseStream) {
  return {
    path,
    requestStream: false,
    responseStream,
    requestSerialize: writeText,
    requestDeserialize: readText,
    responseSerialize: writeText,
    responseDeserialize: readText
  }
}

/** A protobuf message whose field 1 is text: a byte for the field and its type, the length in groups of 7 bits, and the text in UTF-8. */
function writeText ({ text }) {
  const bytes = Buffer.from(text)
  const length = []
  for (let rest = bytes.length; ; rest >>>= 7) {
    if (rest < 0x80) return Buffer.concat([Buffer.from([0x0a, ...length, rest]), bytes])
    length.push(rest & 0x7f | 0x80)
  }
}

function readText (bytes) {
  if (bytes.length === 0) return { text: '' }
  let at = 1
  while (bytes[at] >= 0x80) at++
  return { text: bytes.toString('utf8', at + 1) }
}
