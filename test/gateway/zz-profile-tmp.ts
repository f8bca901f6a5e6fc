import { writeFileSync } from 'node:fs'

import { startGatewayWorld } from '#test/gateway/gateway-world.ts'
const w = await startGatewayWorld({
  providers: [{ baseUrl: 'http://127.0.0.1:4801/v1' }],
  balanceUsd: 1e6,
} as never)
;(w.credit as any).records.push = () => 0
writeFileSync(
  '/tmp/gwp/info.json',
  JSON.stringify({ url: w.url, port: w.port, key: w.customer.secret }),
)
let last = process.cpuUsage()
process.on('SIGUSR2', () => {
  const c = process.cpuUsage(last)
  last = process.cpuUsage()
  writeFileSync(
    '/tmp/gwp/cpu-' + process.pid + '.json',
    JSON.stringify({ ...c, rss: process.memoryUsage().rss }),
  )
})
process.on('SIGTERM', () => process.exit(0))
console.log('gw', process.pid)
import { Session } from 'node:inspector'
const session = new Session()
session.connect()
let on = false
process.on('SIGWINCH', () => {
  if (!on) {
    on = true
    session.post('Profiler.enable')
    session.post('Profiler.setSamplingInterval', { interval: 200 })
    session.post('Profiler.start')
  } else {
    on = false
    session.post('Profiler.stop', (e: any, { profile }: any) => {
      writeFileSync('/tmp/gwp/p2/x.cpuprofile', JSON.stringify(profile))
    })
  }
})
let hon=false
process.on('SIGPROF',()=>{ if(!hon){hon=true;session.post('HeapProfiler.enable');session.post('HeapProfiler.startSampling',{samplingInterval:4096} as any)} else {hon=false;session.post('HeapProfiler.getSamplingProfile' as any,(_:any,r:any)=>{writeFileSync('/tmp/gwp/heap.json',JSON.stringify(r.profile))})}})
