// Package agents are clients that hold a credential of a short life each, and refresh it at
// their issuer's token endpoint. What flows in: a policy, and who each client is at the issuer.
// What flows out: the credential that each holds now, and how its refreshes went.
//
//  1. [New] makes them. They hold nothing yet.
//  2. [Agents.Prepare] has those refresh whose credential would not last, before anything is
//     measured.
//  3. [Agents.Live] then refreshes by the policy, each client at times of its own that the
//     seed decides, until the context ends. As in a population that has lived for long, the
//     first time of each falls anywhere into the policy's.
//  4. The generator's thread reads what a client holds by an atomic pointer (see
//     [Agents.Append]): it waits for nobody, and allocates nothing.
//  5. Between [Agents.Begin] and [Agents.End] refreshes are counted, and [Agents.Taken]
//     tells.
//
// A client whose refresh fails tries again after a pause, and goes on with what it holds: until
// that expires, and then it is refused. One that the issuer does not know any more gives up.
package agents
