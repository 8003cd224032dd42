/** RFC 9113 section 7: what RST_STREAM and GOAWAY say. */
export const NO_ERROR = 0x0
export const PROTOCOL_ERROR = 0x1
export const INTERNAL_ERROR = 0x2
export const FLOW_CONTROL_ERROR = 0x3
export const SETTINGS_TIMEOUT = 0x4
export const STREAM_CLOSED = 0x5
export const FRAME_SIZE_ERROR = 0x6
export const REFUSED_STREAM = 0x7
export const CANCEL = 0x8
export const COMPRESSION_ERROR = 0x9
export const CONNECT_ERROR = 0xa
export const ENHANCE_YOUR_CALM = 0xb
export const INADEQUATE_SECURITY = 0xc
export const HTTP_1_1_REQUIRED = 0xd

/** Why frames were refused. The names are a contract: they go to logs and metrics and never change meaning. */
const sentences = {
  'invalid-preface': [PROTOCOL_ERROR, 'the connection does not begin with the preface of HTTP/2'],
  'settings-expected': [PROTOCOL_ERROR, 'the first frame is not SETTINGS'],
  'frame-too-large': [FRAME_SIZE_ERROR, 'a frame is longer than allowed'],
  'invalid-frame-length': [FRAME_SIZE_ERROR, 'a frame has a length that its type cannot have'],
  'stream-expected': [PROTOCOL_ERROR, 'a frame that belongs to a stream names none'],
  'stream-unexpected': [PROTOCOL_ERROR, 'a frame that belongs to the connection names a stream'],
  'invalid-padding': [PROTOCOL_ERROR, 'the padding of a frame is longer than the frame'],
  'invalid-dependency': [PROTOCOL_ERROR, 'a stream depends on itself'],
  'continuation-expected': [PROTOCOL_ERROR, 'a field block is interrupted'],
  'continuation-unexpected': [PROTOCOL_ERROR, 'a CONTINUATION frame continues nothing'],
  'invalid-setting': [PROTOCOL_ERROR, 'a setting has a value that it cannot have'],
  'invalid-window-setting': [FLOW_CONTROL_ERROR, 'the initial window is larger than a window can be'],
  'invalid-increment': [PROTOCOL_ERROR, 'a WINDOW_UPDATE adds nothing'],
  'window-overflow': [FLOW_CONTROL_ERROR, 'a window becomes larger than it can be'],
  'window-exceeded': [FLOW_CONTROL_ERROR, 'more data comes than the window allows'],
  'stream-idle': [PROTOCOL_ERROR, 'a frame is for a stream that has not been opened'],
  'stream-closed': [STREAM_CLOSED, 'a frame is for a stream that has been closed'],
  'invalid-stream': [PROTOCOL_ERROR, 'a stream is opened whose number is even, or not larger than those before'],
  'frames-timeout': [SETTINGS_TIMEOUT, 'the settings, or the rest of a field block, have not come in time'],
  'too-many-resets': [ENHANCE_YOUR_CALM, 'too many streams ended before they were answered'],
  'too-many-frames': [ENHANCE_YOUR_CALM, 'too many frames come that ask for nothing'],
  'answers-unread': [ENHANCE_YOUR_CALM, 'the other side does not read what it asks for'],
  'fields-too-large': [ENHANCE_YOUR_CALM, 'the fields are too large, or too many'],
  'push-unexpected': [PROTOCOL_ERROR, 'a stream is pushed that was not asked for'],
  'field-block-too-large': [ENHANCE_YOUR_CALM, 'a field block is larger than allowed'],
  'too-many-continuations': [ENHANCE_YOUR_CALM, 'a field block comes in too many frames'],
  'invalid-field-block': [COMPRESSION_ERROR, 'a field block cannot be decoded']
} as const satisfies Record<string, readonly [errorCode: number, sentence: string]>

export type Http2ErrorCode = keyof typeof sentences

/** RFC 9113 section 5.4.1: the connection is over, and GOAWAY says `errorCode`. It holds nothing the other side sent. */
export class ConnectionError extends Error {
  readonly code: Http2ErrorCode
  readonly errorCode: number

  constructor (code: Http2ErrorCode) {
    super(sentences[code][1])
    this.name = 'ConnectionError'
    this.code = code
    this.errorCode = sentences[code][0]
  }
}

/** The code of RFC 9113 section 7 that goes with a refusal: of a frame that costs its stream, or the connection. */
export function errorCodeOf (code: Http2ErrorCode): number {
  return sentences[code][0]
}
