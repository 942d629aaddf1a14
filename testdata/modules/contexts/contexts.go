// Package contexts gives each attempt a context of its own and defers its cancellation.
package contexts

import (
	"context"
	"errors"
	"time"
)

// ErrStop tells Retry that no further attempt makes sense.
var ErrStop = errors.New("stop")

// Timeout is longer than any test.
const Timeout = time.Hour

// Retry calls attempt until it succeeds. It returns the number of the last attempt, from 1.
func Retry(ctx context.Context, limit int, attempt func(context.Context, int) error) (int, error) {
	var last error
	for n := 1; n <= limit; n++ {
		attemptCtx, cancel := context.WithTimeout(ctx, Timeout)
		defer cancel()

		last = attempt(attemptCtx, n)
		if last == nil {
			return n, nil
		}
		if errors.Is(last, ErrStop) {
			return n, last
		}
	}
	return limit, last
}

// First returns the first answer that is not empty.
func First(ctx context.Context, hosts []string, ask func(context.Context, string) (string, error)) (answer string, err error) {
	for _, host := range hosts {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()

		answer, err = ask(ctx, host)
		if err != nil {
			continue
		}
		if answer != "" {
			break
		}
	}
	return
}

// Each runs the steps one after the other and stops with the parent context.
func Each(ctx context.Context, steps <-chan func(context.Context) error) error {
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case step, ok := <-steps:
			if !ok {
				return nil
			}
			stepCtx, cancel := context.WithDeadline(ctx, time.Now().Add(Timeout))
			defer cancel()
			if err := step(stepCtx); err != nil {
				return err
			}
		}
	}
}

// Matrix runs one step for each pair until a step says that the row, or all, is done.
func Matrix(ctx context.Context, rows, columns int, step func(ctx context.Context, row, column int) (done, all bool)) int {
	steps := 0
next:
	for row := range rows {
		for column := range columns {
			stepCtx, cancel := context.WithCancel(ctx)
			defer cancel()
			steps++
			done, all := step(stepCtx, row, column)
			switch {
			case all:
				break next
			case done:
				continue next
			}
		}
	}
	return steps
}
