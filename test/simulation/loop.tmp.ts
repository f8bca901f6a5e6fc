import { simulateSeed } from './simulate-seed.ts'
let n=0
for (let s = Number(process.argv[2]); s < Number(process.argv[3]); s += 8) { const r = await simulateSeed(s); n++; if (r.violation) { console.log(s, r.profile, r.violation.message.slice(0,200)) } }
console.log('ran', n)
