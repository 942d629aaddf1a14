package arrivals

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
)

// What undefer was asked for: keep, join or return, and propagate or error; and whether errors can be joined.
var (
	closing = os.Getenv("CLOSE_ERRORS")
	panics  = os.Getenv("ON_PANIC")
	joins   = os.Getenv("JOINS") == "yes"
)

// Exits that a loop knows, besides going on, failing and panicking. What it does not know is no more than going on.
var exits = map[string]string{"values": "stop", "named": "stop", "stored": "stop", "breaks": "leave", "outer": "leave"}

var (
	errOpen, errWork    = errors.New("no open"), errors.New("no work")
	errFirst, errSecond = errors.New("no close a"), errors.New("no close b")
	errPanic            = errors.New("an error that is panicked with")
)

// An outcome is what a call of a loop should come to.
type outcome struct {
	events []string
	// The errors that have to arrive, the iteration's own before those of releases; what is panicked with.
	errs  []error
	value any
}

// expected works out what should happen, from what was asked for and from nothing that undefer writes.
func expected(loop string, steps []step) (want outcome) {
	for _, step := range steps {
		if step.open != nil {
			if loop == "continues" {
				continue
			}
			want.errs = []error{step.open}
			return want
		}
		want.events = append(want.events, "open a", "open b", "work b", "close b", "close a")
		var errs []error
		switch {
		case step.does == "panic" && panics == "error":
			errs = append(errs, errPanicked)
		case step.does == "panic":
			want.value = step.value
			return want
		case step.work != nil && loop != "continues":
			errs = append(errs, step.work)
		}
		isPanic := len(errs) > 0 && errs[0] == errPanicked
		for _, release := range []struct {
			err    error
			stores bool
		}{{step.second, false}, {step.first, loop == "stored"}} {
			// What the code stores it joins itself, whatever was asked for; only a panic comes after it, and in place of it.
			arrives := closing == "join" || closing == "return" && len(errs) == 0 || release.stores && !isPanic
			if release.err != nil && arrives {
				errs = append(errs, release.err)
			}
		}
		if loop == "taken" {
			errs = taking(step, errs)
			if len(errs) == 0 && step.work != nil {
				return want
			}
		}
		if len(errs) > 0 {
			want.errs = errs
			return want
		}
		if exit := exits[loop]; step.does == exit && exit == "stop" {
			return want
		} else if step.does == exit && exit == "leave" {
			break
		}
	}
	if exits[loop] == "leave" {
		want.events = append(want.events, "behind")
	}
	return want
}

// Taking works out what is left of an iteration's errors where the first release puts its own in their place. A panic is made
// an error after that.
func taking(step step, errs []error) (left []error) {
	isPanic := len(errs) > 0 && errs[0] == errPanicked
	if isPanic {
		left = append(left, errPanicked)
	}
	if step.first != nil && (closing == "join" || !isPanic) {
		left = append(left, step.first)
	}
	return left
}

// It stands for the error that is made of a panic.
var errPanicked = errors.New("panicked")

func TestErrorsArrive(t *testing.T) {
	trials := 0
	for loop, call := range loops {
		for _, steps := range trialsOf(loop) {
			trials++
			if message := compare(expected(loop, steps), run(call, steps), steps); message != "" {
				t.Errorf("%s %+v: %s", loop, steps, message)
			}
		}
	}
	if trials < 1000 {
		t.Errorf("only %d trials", trials)
	}
}

// got is what came of a call.
type got struct {
	events []string
	err    error
	value  any
}

func run(loop func(*trial) error, steps []step) (got got) {
	trial := &trial{steps: steps}
	defer func() {
		got.events = trial.events
		got.value = recover()
	}()
	got.err = loop(trial)
	return got
}

// trialsOf gives all pairs of iterations.
func trialsOf(loop string) (all [][]step) {
	var singles []step
	for _, first := range []error{nil, errFirst} {
		for _, second := range []error{nil, errSecond} {
			singles = append(singles,
				step{does: "next", first: first, second: second},
				step{does: "fail", work: errWork, first: first, second: second},
				step{does: "panic", value: "a text", first: first, second: second},
				step{does: "panic", value: errPanic, first: first, second: second},
			)
			if exit := exits[loop]; exit != "" {
				singles = append(singles, step{does: exit, first: first, second: second})
			}
		}
	}
	singles = append(singles, step{open: errOpen})
	for _, one := range singles {
		for _, other := range singles {
			all = append(all, []step{one, other})
		}
	}
	return all
}

func (want outcome) holds(err error) bool {
	for _, one := range want.errs {
		if one == err {
			return true
		}
	}
	return false
}

func compare(want outcome, got got, steps []step) string {
	if !slices.Equal(got.events, want.events) {
		return fmt.Sprintf("events %q, want %q", got.events, want.events)
	}
	if got.value != want.value {
		return fmt.Sprintf("panicked with %v, want %v", got.value, want.value)
	}
	if len(want.errs) == 0 {
		if got.err != nil {
			return fmt.Sprintf("error %v, want none", got.err)
		}
		return ""
	}
	if got.err == nil {
		return fmt.Sprintf("no error, want %v", want.errs)
	}
	// Whoever compares an error that comes alone sees the very one that the iteration has ended with.
	if own := want.errs[0]; len(want.errs) == 1 && (own == errOpen || own == errWork) && got.err != own {
		return fmt.Sprintf("error %#v, want %v itself", got.err, own)
	}
	for index, err := range want.errs {
		switch {
		case err == errPanicked:
			if !isOfPanic(got.err, steps) {
				return fmt.Sprintf("error %v, want that of a panic", got.err)
			}
		case joins || index == 0:
			if !errors.Is(got.err, err) {
				return fmt.Sprintf("error %v is not %v", got.err, err)
			}
		case !strings.Contains(got.err.Error(), err.Error()):
			return fmt.Sprintf("error %v does not say %v", got.err, err)
		}
	}
	for _, other := range []error{errOpen, errWork, errFirst, errSecond} {
		if errors.Is(got.err, other) && !want.holds(other) {
			return fmt.Sprintf("error %v, want %v", got.err, want.errs)
		}
	}
	return ""
}

// isOfPanic says whether an error tells what a step has panicked with; an error is wrapped.
func isOfPanic(err error, steps []step) bool {
	for _, step := range steps {
		if step.does != "panic" || !strings.Contains(err.Error(), fmt.Sprint("panic: ", step.value)) {
			continue
		}
		inner, isError := step.value.(error)
		return !isError || errors.Is(err, inner)
	}
	return false
}
