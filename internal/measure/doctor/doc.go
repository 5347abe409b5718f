// Package doctor says whether this machine is fit to measure on, and what would make
// it fitter. What flows out are findings ([result.Finding]), each with a remedy where there is one.
//
//  1. [Machine] reads what the kernel says of CPUs, limits and settings.
//  2. [Clock], [Standstill] and [Queue] test the instrument: the load generator measures
//     a server that stands still at times, and a queue whose mean wait is known from
//     theory. What it reports must be what they did.
//  3. [Pacing] judges how late requests were sent in a gate between two equal programs.
//     What such a gate can see here is said by internal/judge/gate, from its cells.
package doctor
