// Package micro holds Go benchmarks of every verifier: what one verification
// costs without a server around it. benchstat reads the output:
//
//	go test -bench . -count 10 ./bench/micro | tee new.txt
//	benchstat -col /policy new.txt
package micro
