// Package panics leaves iterations in ways that only deferred calls see: by a panic, and by the end of the goroutine.
package panics

import (
	"fmt"
	"sync"
)

// Account is a balance with its own lock.
type Account struct {
	Mu sync.Mutex
	N  int
}

// Apply changes each balance under its lock.
func Apply(accounts []*Account, change func(int) int) {
	for _, a := range accounts {
		a.Mu.Lock()
		defer a.Mu.Unlock()
		a.N = change(a.N)
	}
}

// Recovered does the same, and turns a panic into an error; the locks are free by then.
func Recovered(accounts []*Account, change func(int) int, log *[]string) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("recovered %v", p)
			for i, a := range accounts {
				if !a.Mu.TryLock() {
					*log = append(*log, fmt.Sprint("locked ", i))
					continue
				}
				a.Mu.Unlock()
			}
		}
	}()
	for _, a := range accounts {
		a.Mu.Lock()
		defer a.Mu.Unlock()
		a.N = change(a.N)
		if a.N < 0 {
			return fmt.Errorf("below zero: %d", a.N)
		}
	}
	return nil
}

// Part is closed, and may panic then.
type Part struct {
	Name string
	Log  *[]string
	Bad  bool
}

// Close notes that it was called.
func (p *Part) Close() {
	*p.Log = append(*p.Log, "close "+p.Name)
	if p.Bad {
		panic("bad " + p.Name)
	}
}

// Pairs works on two parts at a time.
func Pairs(parts [][2]*Part, work func(int)) {
	for i, pair := range parts {
		left, right := pair[0], pair[1]
		defer left.Close()
		if i == 1 {
			continue
		}
		defer right.Close()
		work(i)
	}
}

// Nested works on parts inside of parts.
func Nested(outer []*Part, inner [][]*Part, work func(*Part)) {
	for i, o := range outer {
		defer o.Close()
		for _, in := range inner[i] {
			defer in.Close()
			work(in)
		}
	}
}
