// Package conform tells whether a verifier may be measured: it runs the attack catalogue
// against it. What flows in: a catalogue of cases, each a recipe for forged or respelled
// credentials, and a method with its parameters or somebody's server. What flows out: a
// [Score].
//
//  1. [Parse] reads a catalogue strictly, expands the sub-cases of each recipe and checks
//     every operation, value and limit that it names. It refuses a catalogue with an
//     unknown one, because a case that is not understood must not count as passed.
//  2. A [Fixture] holds the keys by role: victim, attacker, retired and another tenant's;
//     and likewise API keys. Its tokens come from an encoder that shares no code with the
//     verifiers.
//  3. An [examiner] mints fresh credentials for each case and sends them to a [Subject]: a
//     verifier in this process, or a server over a raw connection.
//  4. Before the first case a subject must accept a valid credential and refuse bad ones,
//     or it cannot be examined ([Unexaminable]). After each case a server must accept the
//     valid one again: a server that has ended, or limits or bans its clients, judges no
//     credential.
//  5. Each answer is judged by its case and by rules that hold for all cases: no server
//     error, no panic, no refusal without a challenge. Somebody else's server may refuse
//     with any status. What the machine may have caused is tried again.
//  6. The verdicts add up to the score. Cases whose acceptance means access, exposure or
//     denial of service gate; the others are only counted.
//
// A case that cannot be asked of a subject is skipped, with the reason. A case whose
// answers prove nothing is undecided; a subject with an undecided case that gates is
// neither safe nor unsafe. Nothing here quotes a key or a credential.
package conform
