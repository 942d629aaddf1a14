// Package arrivals has loops whose releases may fail, one for each way that exits leave an iteration.
package arrivals

import "errors"

// A trial says what happens in each iteration, and notes what did.
type trial struct {
	steps  []step
	events []string
}

// A step is one iteration.
type step struct {
	// What the work comes to: next, fail, stop, leave or panic.
	does string
	// What opening, working and the two releases fail with, if they do.
	open, work, first, second error
	// What is panicked with.
	value any
}

type resource struct {
	trial *trial
	name  string
	err   error
}

func (t *trial) open(step step, name string, fails error) (*resource, error) {
	if step.open != nil {
		return nil, step.open
	}
	t.events = append(t.events, "open "+name)
	return &resource{t, name, fails}, nil
}

func (r *resource) Close() error {
	r.trial.events = append(r.trial.events, "close "+r.name)
	return r.err
}

// Work does what the step says; an error that is not nil is its error.
func (r *resource) work(step step) error {
	r.trial.events = append(r.trial.events, "work "+r.name)
	if step.does == "panic" {
		panic(step.value)
	}
	return step.work
}

// Read works with two resources, and comes to something.
func read(a, b *resource, step step) (int, error) { return len(a.name), b.work(step) }

func (t *trial) behind(int) { t.events = append(t.events, "behind") }

var loops = map[string]func(*trial) error{
	"constants": func(t *trial) error {
		_, err := constants(t)
		return err
	},
	"continues": continues,
	"values": func(t *trial) error {
		_, err := values(t)
		return err
	},
	"breaks": breaks,
	"outer":  outer,
	"named": func(t *trial) error {
		_, err := named(t)
		return err
	},
	"stored":  stored,
	"taken":   taken,
	"literal": func(t *trial) error { return literal(t)() },
}

// Constants returns errors that are never nil.
func constants(t *trial) (int, error) {
	total := 0
	for _, step := range t.steps {
		a, err := t.open(step, "a", step.first)
		if err != nil {
			return 0, err
		}
		defer a.Close()
		b, err := t.open(step, "b", step.second)
		if err != nil {
			return 0, err
		}
		defer func() { b.Close() }()
		n, err := read(a, b, step)
		if err != nil {
			return 0, err
		}
		total += n
	}
	return total, nil
}

// Continues has no return in its loop.
func continues(t *trial) error {
	for _, step := range t.steps {
		a, err := t.open(step, "a", step.first)
		if err != nil {
			continue
		}
		defer a.Close()
		b, err := t.open(step, "b", step.second)
		if err != nil {
			continue
		}
		defer b.Close()
		if err := b.work(step); err != nil {
			continue
		}
	}
	return nil
}

// Values returns errors that may be nil, and values with them.
func values(t *trial) (string, error) {
	for _, step := range t.steps {
		a, err := t.open(step, "a", step.first)
		if err != nil {
			return "", err
		}
		defer a.Close()
		b, err := t.open(step, "b", step.second)
		if err != nil {
			return "", err
		}
		defer b.Close()
		if err := b.work(step); err != nil || step.does == "stop" {
			return b.name, err
		}
	}
	return "", nil
}

// Breaks leaves its loop, and goes on behind it.
func breaks(t *trial) error {
	total, behind := 0, t.behind
	for _, step := range t.steps {
		a, err := t.open(step, "a", step.first)
		if err != nil {
			return err
		}
		defer a.Close()
		b, err := t.open(step, "b", step.second)
		if err != nil {
			return err
		}
		defer b.Close()
		n, err := read(a, b, step)
		if err != nil {
			return err
		}
		if step.does == "leave" {
			break
		}
		total += n
	}
	behind(total)
	return nil
}

// Outer leaves an iteration of the loop around its loop.
func outer(t *trial) error {
	total, behind := 0, t.behind
rounds:
	for round := 0; round < 2; round++ {
		for _, step := range t.steps {
			if round > 0 {
				break rounds
			}
			a, err := t.open(step, "a", step.first)
			if err != nil {
				return err
			}
			defer a.Close()
			b, err := t.open(step, "b", step.second)
			if err != nil {
				return err
			}
			defer b.Close()
			n, err := read(a, b, step)
			switch {
			case err != nil:
				return err
			case step.does == "leave":
				continue rounds
			}
			total += n
		}
	}
	behind(total)
	return nil
}

// Named returns named results, bare and with operands.
func named(t *trial) (n int, err error) {
	for _, step := range t.steps {
		a, openErr := t.open(step, "a", step.first)
		if openErr != nil {
			err = openErr
			return
		}
		defer a.Close()
		b, openErr := t.open(step, "b", step.second)
		if openErr != nil {
			return n, openErr
		}
		defer b.Close()
		if workErr := b.work(step); workErr != nil {
			return n, workErr
		}
		if step.does == "stop" {
			return
		}
		n++
	}
	return
}

// Stored has a deferred function that joins its error to the named result.
func stored(t *trial) (err error) {
	for _, step := range t.steps {
		a, openErr := t.open(step, "a", step.first)
		if openErr != nil {
			return openErr
		}
		defer func() {
			if closeErr := a.Close(); closeErr != nil {
				err = errors.Join(err, closeErr)
			}
		}()
		b, openErr := t.open(step, "b", step.second)
		if openErr != nil {
			return openErr
		}
		defer b.Close()
		if err = b.work(step); err != nil {
			return err
		}
		if step.does == "stop" {
			return nil
		}
	}
	return nil
}

// Taken has a deferred function that puts its error, or none, in the place of any other.
func taken(t *trial) (err error) {
	for _, step := range t.steps {
		a, openErr := t.open(step, "a", step.first)
		if openErr != nil {
			return openErr
		}
		defer func() { err = a.Close() }()
		b, openErr := t.open(step, "b", step.second)
		if openErr != nil {
			return openErr
		}
		defer b.Close()
		if workErr := b.work(step); workErr != nil {
			return workErr
		}
	}
	return nil
}

// Literal is a function of its own.
func literal(t *trial) func() error {
	return func() error {
		for _, step := range t.steps {
			if a, err := t.open(step, "a", step.first); err != nil {
				return err
			} else {
				defer a.Close()
				b, _ := t.open(step, "b", step.second)
				defer b.Close()
				if err := b.work(step); err != nil {
					return err
				}
			}
		}
		return nil
	}
}
