package main

import "maps"

// The texts describe the keys of formats whose fields' comments do not.
var (
	credentialsTexts = map[string]string{
		"Verification.Kind":     `"verification".`,
		"Verification.Version":  "The version of the format: 1.",
		"Verification.Method":   "How callers prove who they are: none (nobody is asked), apikey, basic, session or jwt.",
		"Verification.Field":    "The header field that carries the credential, such as Authorization. Absent for none.",
		"Verification.Scheme":   "What stands before the credential in that field, in any letter case: Bearer or Basic. Absent: the field holds the credential alone.",
		"Verification.Cookie":   "The name of the cookie that holds the credential, where the field is Cookie.",
		"Verification.Issuer":   "The iss that tokens must have.",
		"Verification.Audience": "The aud that tokens must have, or have among others.",
		"Verification.Keys":     "The keys that verify tokens, as RFC 7517 writes them: public ones, or the secret of an HMAC. A token names its key by kid, and its algorithm must be the key's alg.",
		"Verification.Revoked":  "The jti of tokens that were taken back. Absent where tokens cannot be.",
		"Verification.Hash":     "What is kept of each key, password or session: sha256, hmac-sha256, bcrypt or argon2id.",
		"Verification.Pepper":   "The key of hmac-sha256, in base64url.",
		"Verification.APIKeys":  "One record for each API key, password or session that was issued, those that expired or were taken back included.",

		"PublishedKey.SHA256":  "The SHA-256 of the whole credential, in lower-case hexadecimal.",
		"PublishedKey.HMAC":    "The HMAC-SHA256 of the whole credential with the pepper, in lower-case hexadecimal.",
		"PublishedKey.Hash":    "The hash by bcrypt or argon2id, with its salt and parameters.",
		"PublishedKey.Subject": "Whose it is.",
		"PublishedKey.Tenant":  "Whose data it gives access to.",
		"PublishedKey.Scopes":  "What it may be used for; the requests of a run need read.",
		"PublishedKey.Revoked": "It was taken back, and must be refused.",
		"PublishedKey.Expires": "From when on it must be refused.",

		"JWK.KeyType":    "RSA, EC, OKP, AKP, or oct for a secret (RFC 7518 §6.1).",
		"JWK.KeyID":      "The name of the key, which tokens have in their header.",
		"JWK.Algorithm":  "The only algorithm to accept with the key, such as RS256.",
		"JWK.Use":        `"sig".`,
		"JWK.Operations": "What the key is for, where that is said.",
		"JWK.Secret":     "oct: the secret, in base64url.",
		"JWK.Modulus":    "RSA: the modulus, in base64url.",
		"JWK.Exponent":   "RSA: the public exponent, in base64url.",
		"JWK.Curve":      "EC and OKP: the curve, such as P-256 or Ed25519.",
		"JWK.X":          "EC: the x coordinate; OKP: the public key; in base64url.",
		"JWK.Y":          "EC: the y coordinate, in base64url.",
		"JWK.Public":     "AKP: the public key, in base64url (RFC 9964).",
	}
	summaryTexts = withCommon(map[string]string{
		"Answers.Errors":      "Requests without an answer, by what kept them from one.",
		"Answers.Unsolicited": "Connections that were dropped for bytes that nobody had asked for.",

		"Arm.Name":            "As the scenario has it.",
		"Arm.Method":          "The ID of its method.",
		"Arm.Params":          "The parameters of the method; of a server of the user's only those that its credentials have.",
		"Arm.Backends":        "Whom its server asks. Absent: nobody.",
		"Arm.CredentialBytes": "The mean size of a valid credential as it is sent.",
		"Arm.Status":          "ok, unsafe, unsafe_shown (unsafe, and shown because the scenario says so), failed or skipped. Only the figures of ok and unsafe_shown may be used.",
		"Arm.Reason":          "Why the status is not ok.",
		"Arm.Loads":           "What was found under each load, in the scenario's order.",

		"BreakEven.Series": "The arms that ask a store, each farther away than the one before.",

		"Comparison.Ratio":        "The arm's value over the baseline's.",
		"Comparison.Lo":           "The lower end of the ratio's 95 % interval.",
		"Comparison.Hi":           "The upper end of the ratio's 95 % interval.",
		"Comparison.Difference":   "The arm's value less the baseline's, in the metric's unit.",
		"Comparison.DifferenceLo": "The lower end of the difference's 95 % interval.",
		"Comparison.DifferenceHi": "The upper end of the difference's 95 % interval.",
		"Comparison.N":            "Over how many launches.",

		"Law.Absent":  "The probability that a server has no entry.",
		"Law.Servers": "How many servers there are.",
		"Law.P95":     "The distribution's 95th percentile, µs.",
		"Law.P":       "The probability of a distance as large by chance.",

		"Staleness.Episode":  "The name of the scenario's episode.",
		"Staleness.Arm":      "The arm.",
		"Staleness.Replicas": "How many of its servers ran at once.",
		"Staleness.AtOnce":   "How many credentials were refused from the next request on.",
		"Staleness.P95":      "The 95th percentile, with its 95 % interval.",
		"Staleness.Longest":  "The longest time seen, µs.",

		"Contrast.Arm":    "The arm that is compared.",
		"Contrast.Versus": "The arm that it is compared with.",

		"Conformance.Kind":         "Absent.",
		"Conformance.Arm":          "The arm that was examined.",
		"Conformance.Failed":       "How many cases it failed.",
		"Conformance.Skipped":      "How many cases could not be put to it, of which nothing is known.",
		"Conformance.FalseRejects": "How many of the failed cases locked somebody out.",

		"Estimate.Value": "In the unit that ends the metric's name.",
		"Estimate.Lo":    "The lower end of the 95 % interval. Absent: none can be given.",
		"Estimate.Hi":    "The upper end of the 95 % interval. Absent: none can be given.",
		"Estimate.N":     "Over how many launches.",

		"Judged.Outcome": "kept, broken, or why it is neither.",
		"Judged.Arm":     "The arm that the limit is on.",
		"Judged.Place":   "The load that the figure is from.",
		"Judged.Class":   "The class of credentials that is counted. Absent: all.",
		"Judged.Metric":  "The metric, by its whole name.",
		"Judged.Change":  "true: the bound is on a change, a share of the old figure.",
		"Judged.Value":   "The figure, in the metric's base unit. Absent: there is none.",
		"Judged.Lo":      "The lower end of the figure's interval.",
		"Judged.Hi":      "The upper end of the figure's interval.",

		"Ladder.Missing": "Why there are no steps.",
		"Step.Arm":       "The arm of the step.",
		"Step.Part":      "What it adds: server, transport, parsing, verification or other.",

		"Level.Fraction": "Of the arm's own closed-load capacity, 0 to 1.",
		"Level.Requests": "How many requests came to an end.",
		"Level.Failures": "How many of them failed.",

		"Load.Name":     "As the scenario has it.",
		"Load.Kind":     "closed, open, sweep or capacity.",
		"Load.Requests": "How many requests came to an end.",
		"Load.Failures": "How many of them failed.",

		"Sending.LagP99": "How late open-load requests were sent at the 99th percentile, µs.",

		"Summary.Version":  "The version of the format: 1.",
		"Summary.Scenario": "The scenario's name.",
		"Summary.Question": "What it answers.",
		"Summary.Validity": "valid, suspicious (the warnings name what is doubtful) or invalid (the figures may not be used).",
		"Summary.Status":   "How the run ended: completed, interrupted or failed.",
		"Summary.Reason":   "Why it was not completed.",
		"Summary.Warnings": "What casts doubt on the figures, the gravest first.",
		"Summary.Host":     "The machine.",
		"Summary.Build":    "The program.",
		"Summary.Seed":     "Of the plan and the schedules.",
		"Summary.Engine":   "The generator's engine.",
		"Summary.Baseline": "The arm that the others are compared with.",
		"Summary.Launches": "How many launches were measured whole.",
		"Summary.Command":  "The command line, with what is secret hidden.",
		"Summary.Arms":     "In the scenario's order.",
	})
	gateTexts = withCommon(map[string]string{
		"Added.Arm":       "As the scenario has it.",
		"Added.Reason":    "Why base cannot run it.",
		"Alarm.Arm":       "As the scenario has it.",
		"Alarm.Code":      "false_accepts, conformance, failures, target_lost or interference.",
		"Alarm.Text":      "What happened.",
		"Unproven.Arm":    "As the scenario has it.",
		"Unproven.Reason": "Why it cannot pass.",

		"Cell.Arm":     "As the scenario has it.",
		"Cell.Metric":  "cpu_us_per_request, response_p50_us, response_p95_us, response_p99_us or response_tail_share.",
		"Cell.Verdict": "pass, fail, bounded, inconclusive, not_judged or open.",
		"Cell.Target":  "The slow-down that is to be caught, a share.",
		"Cell.Head":    "The median of head's launches, in the metric's unit.",
		"Cell.Lo":      "The lower end of the change's 95 % interval.",
		"Cell.Hi":      "The upper end of the change's 95 % interval.",
		"Cell.Reason":  "Why the verdict is not pass.",

		"Document.Version":  "The version of the format: 1.",
		"Document.Scenario": "The scenario's name.",
		"Document.Base":     "What head is compared with.",
		"Document.Head":     "What is judged.",
		"Document.Seconds":  "How long it took, builds included.",
		"Document.Host":     "The machine.",
		"Document.Build":    "The program that judged.",
		"Document.Seed":     "Of the plan, the schedules and the builds.",
		"Origin.Name":       "As the command line has it, with a command's arguments hidden.",
		"Origin.Kind":       "ref, files, program or command.",
		"Origin.Commit":     "The commit that a ref stood for.",
		"Report.Verdict":    "pass, fail, inconclusive or invalid.",
		"Report.Alarms":     "What fails head however fast it is.",
		"Report.Cells":      "One for each arm and metric.",
	})
)

// withCommon adds the texts of what several formats have.
func withCommon(texts map[string]string) map[string]string {
	maps.Copy(texts, map[string]string{
		"Build.Version":  "The program's version.",
		"Build.Revision": "The commit that it was built from.",
		"Build.Modified": "true: it was built from more than that commit.",
		"Build.Go":       "The version of Go that built it.",

		"CaseFailure.ID":     "The case's ID in the attack catalogue.",
		"CaseFailure.Title":  "What was done.",
		"CaseFailure.Impact": "What it means if the server lets it happen: forgery, privilege, leak, dos and others.",

		"Host.OS":             "The operating system, as Go names it.",
		"Host.Arch":           "The architecture, as Go names it.",
		"Host.Kernel":         "The kernel's release.",
		"Host.CPUModel":       "What the CPU calls itself.",
		"Host.CPUs":           "How many CPUs the program could use.",
		"Host.MemoryBytes":    "The machine's memory.",
		"Host.Virtualization": "What the machine runs in, as far as it shows.",
		"Host.GeneratorCPUs":  "The CPUs of the load generator.",
		"Host.ServerCPUs":     "The CPUs of the servers.",

		"Warning.Kind":   "Absent.",
		"Warning.Code":   "What it is about, for programs.",
		"Warning.Level":  "void (figures may not be used), suspicious or info.",
		"Warning.Arm":    "The arm that it is about; empty: the whole run.",
		"Warning.Load":   "The load that it is about.",
		"Warning.Launch": "The launch that it is about.",
		"Warning.Text":   "What it is about and what to do, for people.",
	})
	return texts
}
