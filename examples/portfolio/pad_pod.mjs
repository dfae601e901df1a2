// Plays a recording as pods of another host's event broker, and says what listeners send to them:
// node pad_pod.mjs pad.jsonl, with VIADUCT_GATEWAY=wss://..., _CA, _CERT, _KEY as for any client.
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
const { VIADUCT_GATEWAY, VIADUCT_CA, VIADUCT_CERT, VIADUCT_KEY } = process.env;
const service = process.env.VIADUCT_EVENTBROKER ?? 'eventbroker';
const waiting = new Map(), pods = new Map(); // by id; the recording's numbers to the broker's
let kept, ids = 0;

const socket = await new Promise((resolve, reject) => {
  const ask = request(VIADUCT_GATEWAY.replace('wss:', 'https:'), {
    ca: readFileSync(VIADUCT_CA), cert: readFileSync(VIADUCT_CERT), key: readFileSync(VIADUCT_KEY),
    headers: { Connection: 'Upgrade', Upgrade: 'websocket', 'Sec-WebSocket-Version': 13,
      'Sec-WebSocket-Key': randomBytes(16).toString('base64'),
      'Sec-WebSocket-Protocol': 'viaduct.json.1' } });
  ask.on('upgrade', (_, line, head) => { kept = head; resolve(line); }).on('error', reject).end();
});
function send(opcode, text) { // a client's octets are masked
  const body = Buffer.from(text), mask = randomBytes(4), n = body.length;
  for (let i = 0; i < n; i++) body[i] ^= mask[i % 4];
  const head = n < 126 ? [0x80 | opcode, 0x80 | n] : [0x80 | opcode, 0xfe, n >> 8, n & 255];
  socket.write(Buffer.concat([Buffer.from(head), mask, body]));
}
async function call(code, data, method = 'call') {
  const params = { service, code, [method === 'call' ? 'data' : 'filter']: data }, id = ++ids;
  send(1, JSON.stringify({ jsonrpc: '2.0', id, method, params }));
  const { error, result } = await new Promise((resolve) => waiting.set(id, resolve));
  if (error || result.data?.result < 0) throw new Error(error?.message ?? result.data.error);
  return result.data?.result;
}
function take(opcode, body) {
  if (opcode !== 1) return opcode === 9 && send(10, body); // a ping
  const { id, params, ...answer } = JSON.parse(body), said = params?.data;
  if (id !== undefined) waiting.get(id)(answer);
  if (![...pods.values()].includes(said?.pod)) return; // another provider's, or no output
  console.log(`pod ${said.pod}: ${said.kind} ${said.octets}`);
  if (said.id) call('PodDone', { pod: said.pod, id: said.id, result: 0 });
}
socket.on('close', () => process.exit(1)).on('data', (octets) => {
  kept = Buffer.concat([kept, octets]); // frames of less than 64 KiB, which are not masked
  for (let at, n; kept.length > 3; kept = kept.subarray(at + n)) {
    [at, n] = kept[1] < 126 ? [2, kept[1]] : [4, kept.readUInt16BE(2)];
    if (kept.length < at + n) return;
    take(kept[0] & 15, kept.subarray(at, at + n));
  }
});
await call(undefined, { ids: [259] }, 'subscribe'); // to what is sent to pods
let last = { t: 0, pod: 1 }; // what a line does not say is as it was
for (const line of readFileSync(process.argv[2], 'utf8').trim().split('\n')) {
  const { t, pod, event = 'state', ...it } = { ...last, ...JSON.parse(line) };
  last = { t, pod };
  await sleep(Math.max(0, t / 1000 - performance.now()));
  if (event === 'attach') pods.set(pod, await call('PodAttach', it));
  else if (event === 'detach') await call('PodDetach', { pod: pods.get(pod) });
  else await call('PodState', { pod: pods.get(pod), states: it.buttons ? { ControlPad: it } : it });
  if (event !== 'state') console.log(`pod ${pods.get(pod)}: ${event}`);
}
process.exit(0); // pods that were not detached go with the connection
