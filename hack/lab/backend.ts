// What a pod of the lab runs: an HTTP server that says which pod on which node answered, and to whom.
// Arguments: pod node port. One line of plain text: 'pod node client-address'.
import { createServer } from 'node:http'

const [pod = 'pod', node = 'node', port = '8080'] = process.argv.slice(2)

const server = createServer((request, response) => {
  response.setHeader('connection', 'close') // each probe is a new connection
  response.end(`${pod} ${node} ${request.socket.remoteAddress ?? '?'}\n`)
})
server.listen(Number(port), '::')
