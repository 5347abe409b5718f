package stat_test

import (
	"fmt"

	"authbench/internal/stat"
)

// What ten launches say of a difference, of which one was hit: the estimate stays, and
// the interval tells. Fewer than six have no interval.
func ExampleSignedRankInterval() {
	differences := []float64{10.2, 9.7, 10.0, 10.4, 9.9, 10.1, 9.8, 31.5, 10.3, 9.6} // µs
	interval, _ := stat.SignedRankInterval(differences, 0.95)
	fmt.Printf("%.2f µs, from %.2f to %.2f, covers %.1f %%\n",
		stat.HodgesLehmann(differences), interval.Lo, interval.Hi, 100*interval.Level)
	for n := 4; n <= 6; n++ {
		_, ok := stat.SignedRankInterval(differences[:n], 0.95)
		fmt.Println(n, "launches have an interval:", ok)
	}
	// Output:
	// 10.05 µs, from 9.80 to 20.60, covers 95.1 %
	// 4 launches have an interval: false
	// 5 launches have an interval: false
	// 6 launches have an interval: true
}

// Arms that share a letter are not told apart.
func ExampleLetters() {
	p := stat.Holm([]float64{0.60, 0.002, 0.004}) // apikey–none, jwt–none, jwt–apikey
	different := map[[2]int]bool{{0, 1}: p[0] <= 0.05, {0, 2}: p[1] <= 0.05, {1, 2}: p[2] <= 0.05}
	letters := stat.Letters(3, func(i, j int) bool { return different[[2]int{i, j}] })
	fmt.Println("none", letters[0], "apikey", letters[1], "jwt", letters[2])
	// Output: none a apikey a jwt b
}
