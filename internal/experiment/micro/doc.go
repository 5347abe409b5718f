// Package micro holds Go benchmarks of every verifier: what one verification
// costs without a server around it, and what the cryptography alone costs.
// benchstat reads the output:
//
//	go test -bench . -count 10 ./internal/experiment/micro | tee new.txt
//	benchstat -col '/engine /policy' new.txt
//
// What the load generator does for a request beside its system calls (the next
// arrival, the request's bytes, the answer's parsing, the records) is benchmarked
// where it can be reached, in internal/measure/load and internal/result/hist:
//
//	go test -bench . -run - ./internal/measure/load ./internal/result/hist
package micro
