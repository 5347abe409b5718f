// Package conform tells whether a verifier may be measured: it applies the attack
// catalogue to it. What flows in: a catalogue of cases, each a recipe for forged
// or respelled credentials, and a method with its parameters or somebody's
// server. What flows out: a [Score].
//
//  1. [Parse] reads a catalogue strictly, expands the sub-cases of each recipe
//     and checks every operation, value and limit that it names. A catalogue with
//     one that is unknown is refused: nothing of it may pass unseen.
//  2. A [Fixture] holds the keys in their roles: victim, attacker, retired and
//     another tenant's; and API keys likewise. Its tokens are forged by an
//     encoder of our own, which shares no code with what is examined.
//  3. An [Examiner] mints each case's credentials freshly and shows them to a
//     [Subject]: a verifier in this process, or a server behind raw bytes.
//  4. Before any case the subject lets a valid credential in and refuses bad ones, or
//     it is no subject ([Unexaminable]). A server shows again after each case that it
//     lets the valid one in: one that has ended, or limits or bans its clients, judges
//     no credential.
//  5. Each answer is judged by the case and by the rules of every case: no
//     server error, no panic, no refusal without a challenge. Somebody else's server
//     may refuse as it likes. What the machine may have caused is tried again.
//  6. The verdicts add up to the score. Cases whose acceptance means access,
//     exposure or denial of service gate; the others are counted.
//
// A case that a subject cannot be given is skipped with the reason, and counted
// as that; one whose answers prove nothing is undecided, and who is undecided in a case
// that gates is neither safe nor unsafe. Nothing here quotes a key or a credential.
package conform
