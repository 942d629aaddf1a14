// Package flow leaves the bodies of its loops in every way that Go has, with defers pending.
package flow

import (
	"errors"
	"iter"
)

// ErrBad is what a step fails with.
var ErrBad = errors.New("bad")

// Thing is something that is opened, used while it is open, and closed.
type Thing interface {
	Use() (int, error)
	Close()
}

// Opener opens the thing with a name.
type Opener func(name string) (Thing, error)

// Pairs opens two things at a time; the second of a pair is closed first.
func Pairs(open Opener, names []string) (sum int, err error) {
	for i := 0; i+1 < len(names); i += 2 {
		first, openErr := open(names[i])
		if openErr != nil {
			return sum, openErr
		}
		defer first.Close()
		second, openErr := open(names[i+1])
		if openErr != nil {
			err = openErr
			return
		}
		defer second.Close()

		a, useErr := first.Use()
		if useErr != nil {
			continue
		}
		b, useErr := second.Use()
		if useErr != nil {
			break
		}
		sum += a * b
	}
	return sum, err
}

// Nested defers in an outer and in an inner loop, and leaves each from within the other.
func Nested(open Opener, groups [][]string) (int, string) {
	sum := 0
outer:
	for _, group := range groups {
		leader, err := open("leader")
		if err != nil {
			break
		}
		defer leader.Close()
		for _, name := range group {
			thing, err := open(name)
			if err != nil {
				continue outer
			}
			defer thing.Close()
			n, err := thing.Use()
			switch {
			case err != nil:
				break outer
			case n == 0:
				continue
			case n < 0:
				return sum, name
			}
			sum += n
		}
		n, _ := leader.Use()
		sum += n
	}
	return sum, ""
}

// Iterated ranges over a function.
func Iterated(open Opener, names iter.Seq[string]) (last string, err error) {
	for name := range names {
		thing, err := open(name)
		if err != nil {
			return last, err
		}
		defer thing.Close()
		n, err := thing.Use()
		if err != nil {
			return "", err
		}
		if n == 0 {
			break
		}
		last = name
	}
	return last, nil
}

// Selected takes names from a channel until it is closed or a name fails.
func Selected(open Opener, names <-chan string, quit <-chan struct{}) (sum int) {
	for {
		select {
		case name, ok := <-names:
			if !ok {
				return sum
			}
			thing, err := open(name)
			if err != nil {
				break
			}
			defer thing.Close()
			n, err := thing.Use()
			if err != nil {
				return -1
			}
			sum += n
		case <-quit:
			return sum
		}
	}
}

// Sometimes defers in one branch only; Use comes after the branch.
func Sometimes(open Opener, names []string, shared Thing) []int {
	var used []int
	for _, name := range names {
		thing := shared
		if name != "" {
			own, err := open(name)
			if err != nil {
				return nil
			}
			defer own.Close()
			thing = own
		}
		n, err := thing.Use()
		if err != nil {
			return used
		}
		used = append(used, n)
	}
	return used
}

// Literal loops in a function literal, which has results of its own.
func Literal(open Opener, names []string) (string, error) {
	find := func(wanted int) (string, bool) {
		for _, name := range names {
			thing, err := open(name)
			if err != nil {
				return "", false
			}
			defer thing.Close()
			if n, err := thing.Use(); err == nil && n == wanted {
				return name, true
			}
		}
		return "", false
	}
	for wanted := range 5 {
		if name, ok := find(wanted); ok {
			return name, nil
		}
	}
	return "", ErrBad
}

// Forward returns what another function returns.
func Forward(open Opener, names []string) (int, error) {
	for _, name := range names {
		thing, err := open(name)
		if err != nil {
			continue
		}
		defer thing.Close()
		return thing.Use()
	}
	for i := range names {
		thing, err := open(names[i] + names[i])
		if err != nil {
			continue
		}
		defer thing.Close()
		if len(names) > 1 {
			return thing.Use()
		}
	}
	return 0, nil
}
