package PACKAGE

import (
	"fmt"
	"os"
	"strings"
)

var log strings.Builder

func t(label string, v any) { fmt.Fprintf(&log, "%s=%v\n", label, v) }

type R struct{ id int }

func (r *R) String() string {
	if r == nil {
		return "<nil>"
	}
	return fmt.Sprintf("R%d", r.id)
}

func (r *R) Use() int { t("use", r.id); return r.id + 1 }

func (r *R) Close() { t("close", r.id) }

func (r *R) Shut() error { t("shut", r.id); return nil }

func (r *R) Abort() {
	t("abort", r.id)
	if r.id%4 == 1 {
		panic(fmt.Sprintf("abort %d", r.id))
	}
}

type V struct{ id int }

func (v V) Done() { t("done", v.id) }

func (v *V) Seal() { t("seal", v.id) }

func (v *V) String() string { return fmt.Sprintf("{%d}", v.id) }

type E struct{}

func (e *E) Error() string { return "E-" }

type Service struct{}

type Cell[T any] struct{}

func open(n int) *R { t("open", n); return &R{n} }

func tryOpen(n int) (*R, error) {
	if n%5 == 4 {
		t("fail", n)
		return nil, fmt.Errorf("open %d", n)
	}
	return open(n), nil
}

func value(n int) int { t("value", n); return n*3 + 1 }

func maybe(n int) error {
	t("maybe", n)
	if n%2 == 0 {
		return nil
	}
	return fmt.Errorf("maybe %d", n)
}

func pair(n int) (int, error) { return value(n), maybe(n) }

func spare(n int) (*R, error) { t("spare", n); return &R{n + 100}, maybe(n) }

func triple[T any](v T, n int) (T, string, error) { return v, fmt.Sprint("s", n), maybe(n) }

func typedNil(n int) *E { t("typed", n); return nil }

func closer(n int) func() { return func() { t("closer", n) } }

func enter(label string, n int) func() {
	t("enter "+label, n)
	return func() { t("leave "+label, n) }
}

func box(n int) any {
	switch n % 3 {
	case 0:
		return n
	case 1:
		return fmt.Sprint("b", n)
	}
	return nil
}

func ready(n int) chan int {
	if n%2 == 1 {
		return nil
	}
	c := make(chan int, 1)
	c <- n + 5
	return c
}

func ints(n int) []int {
	var list []int
	for i := range n {
		list = append(list, i+2)
	}
	return list
}

func single() map[string]int { return map[string]int{"k": 3} }

func feed(n int) chan int {
	c := make(chan int, n)
	for i := range n {
		c <- i + 4
	}
	close(c)
	return c
}

func count(n int) func(func(int) bool) {
	return func(yield func(int) bool) {
		for i := range n {
			if !yield(i) {
				t("stop", i)
				return
			}
		}
		t("end", n)
	}
}

func ord(c rune) int { return int(c - 'a') }

var noError error

var noPanic any

// OpenFiles counts the files that are open, where the system tells.
func openFiles() int {
	entries, _ := os.ReadDir("/proc/self/fd")
	return len(entries)
}

// Run calls f and gives back what it traced. Files that stay open are traced too.
func run(f func(a, b int), a, b int) string {
	log.Reset()
	before := openFiles()
	func() {
		defer func() {
			if p := recover(); p != nil {
				t("panic", p)
			}
		}()
		f(a, b)
	}()
	if after := openFiles(); after > before {
		t("still open", after-before)
	}
	return log.String()
}

// Run prints the trace of every function of the table under every pair of arguments.
func Run(print func(id, pair int, trace string)) {
	if warm, err := os.Open(os.DevNull); err == nil {
		warm.Close()
	}
	for _, entry := range table {
		for k, args := range [][2]int{{0, 0}, {1, 2}, {2, 5}, {5, 3}} {
			print(entry.id, k, run(entry.call, args[0], args[1]))
		}
	}
}
