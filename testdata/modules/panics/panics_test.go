package panics

import (
	"runtime"
	"slices"
	"strings"
	"testing"
)

// try calls f and tells what it panicked with.
func try(f func()) (panicked any) {
	defer func() { panicked = recover() }()
	f()
	return nil
}

func free(t *testing.T, accounts []*Account) {
	t.Helper()
	for i, a := range accounts {
		if !a.Mu.TryLock() {
			t.Errorf("account %d is locked", i)
			continue
		}
		a.Mu.Unlock()
	}
}

func TestApplyReleasesAfterAPanic(t *testing.T) {
	accounts := []*Account{{N: 1}, {N: 2}, {N: 3}}
	panicked := try(func() {
		Apply(accounts, func(n int) int {
			if n == 2 {
				panic("two")
			}
			return n * 10
		})
	})
	if panicked != "two" || accounts[0].N != 10 || accounts[2].N != 3 {
		t.Errorf("%v %d %d", panicked, accounts[0].N, accounts[2].N)
	}
	free(t, accounts)
}

func TestApplyReleasesWhereTheGoroutineEnds(t *testing.T) {
	accounts := []*Account{{N: 1}, {N: 2}}
	done := make(chan bool)
	go func() {
		defer close(done)
		Apply(accounts, func(n int) int {
			if n == 2 {
				runtime.Goexit()
			}
			return n
		})
	}()
	<-done
	free(t, accounts)
}

func TestRecoveredSeesTheLocksFree(t *testing.T) {
	var log []string
	accounts := []*Account{{N: 1}, {N: 2}}
	err := Recovered(accounts, func(n int) int {
		if n == 2 {
			panic("two")
		}
		return n
	}, &log)
	if err == nil || err.Error() != "recovered two" || len(log) > 0 {
		t.Errorf("%v %v", err, log)
	}
	if err := Recovered(accounts, func(int) int { return -1 }, &log); err.Error() != "below zero: -1" {
		t.Error(err)
	}
	free(t, accounts)
}

// order is the order of the last lines of a log, which those of earlier iterations may follow.
func order(log []string, names ...string) bool {
	var own []string
	for _, line := range log {
		if name := strings.TrimPrefix(line, "close "); slices.Contains(names, name) {
			own = append(own, name)
		}
	}
	return slices.Equal(own, names)
}

func TestPairsAreClosedOnceEachInReverse(t *testing.T) {
	var log []string
	pair := func(name string, bad bool) [2]*Part {
		return [2]*Part{{name + "1", &log, false}, {name + "2", &log, bad}}
	}
	panicked := try(func() {
		Pairs([][2]*Part{pair("a", false), pair("b", false), pair("c", false)}, func(i int) {
			if i == 2 {
				panic("work")
			}
		})
	})
	if panicked != "work" || len(log) != 5 {
		t.Errorf("%v %v", panicked, log)
	}
	if !order(log, "a2", "a1") || !order(log, "b1") || !order(log, "c2", "c1") {
		t.Error(log)
	}
}

func TestACloseThatPanicsIsNotCalledAgain(t *testing.T) {
	var log []string
	pairs := [][2]*Part{{{"a1", &log, false}, {"a2", &log, true}}}
	panicked := try(func() { Pairs(pairs, func(int) {}) })
	if panicked != "bad a2" || !slices.Equal(log, []string{"close a2", "close a1"}) {
		t.Errorf("%v %v", panicked, log)
	}
}

func TestNestedPartsAreClosedFromTheInside(t *testing.T) {
	var log []string
	part := func(name string) *Part { return &Part{name, &log, false} }
	panicked := try(func() {
		outer := []*Part{part("x"), part("y")}
		inner := [][]*Part{{part("x1"), part("x2")}, {part("y1"), part("y2"), part("y3")}}
		Nested(outer, inner, func(in *Part) {
			if in.Name == "y2" {
				panic("work")
			}
		})
	})
	if panicked != "work" || len(log) != 6 || !order(log, "y2", "y") || !order(log, "x2", "x") {
		t.Errorf("%v %v", panicked, log)
	}
}
