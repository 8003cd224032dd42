// Greets through the server or gateway at HOST:PORT, over one connection: node client.js [HOST:PORT] [NAME]
import { Client, credentials } from '@grpc/grpc-js'
import { greeter } from './greeter.js'

const [target = '127.0.0.1:5173', name = 'Ada'] = process.argv.slice(2)
const client = new Client(target, credentials.createInsecure())

try {
  for (let i = 0; i < 4; i++) console.log((await greet({ text: name })).text)
  for await (const { text } of greetInAllLanguages({ text: name })) console.log(text)
} catch (error) {
  console.error(`status ${error.code}: ${error.details}`)
  process.exitCode = 1
} finally {
  client.close()
}

function greet (request) {
  const { path, requestSerialize, responseDeserialize } = greeter.greet
  return new Promise((resolve, reject) => {
    client.makeUnaryRequest(path, requestSerialize, responseDeserialize, request, { deadline: inSeconds(5) }, (error, response) => {
      if (error) reject(error)
      else resolve(response)
    })
  })
}

function greetInAllLanguages (request) {
  const { path, requestSerialize, responseDeserialize } = greeter.greetInAllLanguages
  return client.makeServerStreamRequest(path, requestSerialize, responseDeserialize, request, { deadline: inSeconds(5) })
}

function inSeconds (seconds) {
  return Date.now() + seconds * 1000
}
