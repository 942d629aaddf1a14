package bench

// scope is what one item is worked on with, and what has to be undone in the end.
type scope struct {
	id     int
	labels [8]string
	undone []int
	open   bool
}

func (s *scope) close() { s.open = false }

// Scopes works on each item in a scope of its own.
func Scopes(ids []int, work func(int) int) (sum int) {
	for _, id := range ids {
		s := &scope{id: id, open: true}
		defer s.close()
		sum += work(s.id)
	}
	return sum
}
