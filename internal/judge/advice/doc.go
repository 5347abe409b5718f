// Package advice says which arms of a result meet a team's limits, and by what
// evidence. It measures nothing and knows nothing but the analysis: what a run did not
// measure is said to be open, with the command that would measure it.
package advice
