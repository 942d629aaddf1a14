// Package bench has loops with a defer in them as services have them: what scripts/bench-go measures, as they are and as
// undefer rewrites them. Each file holds one loop.
package bench

var cleaned int

func cleanup(id int) { cleaned += id }

// Calls cleans up after each item.
func Calls(ids []int) (sum int) {
	for _, id := range ids {
		defer cleanup(id)
		sum += id
	}
	return sum
}
