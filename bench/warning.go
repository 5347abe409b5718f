package bench

// Warning codes that the harness itself writes into a result. The checks of
// internal/result/validity and internal/judge/analysis have their own.
const (
	// WarnTargetLost: a target died or could not be started again.
	WarnTargetLost = "target_lost"
	// WarnInterference: a signal ended a gate's base while head ran beside it.
	WarnInterference = "interference"
	// WarnFewCredentials: signing took too long; the population is smaller.
	WarnFewCredentials = "few_credentials"
	// WarnArmSkipped: an arm was not measured.
	WarnArmSkipped = "arm_skipped"
	// WarnStillAccepted: a credential that was taken back works for longer than any
	// cache may remember it.
	WarnStillAccepted = "revoked_still_accepted"
	// WarnNotRevoked: how long a revocation takes was not found out.
	WarnNotRevoked = "not_revoked"
	// WarnOtherProgram: the baseline is another program than arms that are compared with it.
	WarnOtherProgram = "other_program"
	// WarnOneCPU: server and generator share a CPU.
	WarnOneCPU = "one_cpu"
)
