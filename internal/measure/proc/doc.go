// Package proc starts child processes, meters them and leaves nothing behind.
//
//  1. A [Starter] owns the one thread from which children are started. What flows
//     in is a [Spec]; what flows out is a running [Process].
//  2. A process of ours is a direct child. It is ordered to end by end of file on
//     its control socket, and the kernel kills it when the starter's thread dies,
//     that is, with the harness (PR_SET_PDEATHSIG).
//  3. A foreign process (a store, a user's server) may fork, ignore signals and
//     leave its process group. It runs under a supervisor: this same program,
//     started again with [SuperviseArg], which outlives the harness just long
//     enough to end everything that descends from it and to remove its
//     temporary directory. The program's main function hands over to
//     [Supervise].
//  4. [Process.Refresh], [Process.CPU] and [Process.PSS] meter the process, or
//     the whole tree of a foreign one, where the system lets one process read
//     another's clocks (Linux).
//
// The harness dies by SIGKILL like everybody else; nothing here relies on it
// having a chance to clean up.
package proc
