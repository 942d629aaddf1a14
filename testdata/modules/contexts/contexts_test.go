package contexts

import (
	"context"
	"errors"
	"testing"
)

// recorder keeps the contexts that it is handed; each must be live then and done at the end.
type recorder struct {
	t        *testing.T
	contexts []context.Context
}

func (r *recorder) see(ctx context.Context) {
	r.t.Helper()
	if err := ctx.Err(); err != nil {
		r.t.Errorf("handed a context that is done: %v", err)
	}
	r.contexts = append(r.contexts, ctx)
}

func (r *recorder) check(count int) {
	r.t.Helper()
	if len(r.contexts) != count {
		r.t.Errorf("saw %d contexts, not %d", len(r.contexts), count)
	}
	for i, ctx := range r.contexts {
		if !errors.Is(ctx.Err(), context.Canceled) {
			r.t.Errorf("context %d: %v", i, ctx.Err())
		}
	}
	r.contexts = nil
}

func TestRetry(t *testing.T) {
	r := &recorder{t: t}
	busy := errors.New("busy")
	for _, test := range []struct {
		until int
		end   error
		n     int
		err   error
	}{
		{until: 3, n: 3},
		{until: 1, n: 1},
		{until: 2, end: ErrStop, n: 2, err: ErrStop},
		{until: 9, n: 4, err: busy},
	} {
		n, err := Retry(t.Context(), 4, func(ctx context.Context, n int) error {
			r.see(ctx)
			if n == test.until {
				return test.end
			}
			return busy
		})
		if n != test.n || err != test.err {
			t.Errorf("%+v: got %d, %v", test, n, err)
		}
		r.check(test.n)
	}
}

func TestFirst(t *testing.T) {
	r := &recorder{t: t}
	down := errors.New("down")
	ask := func(ctx context.Context, host string) (string, error) {
		r.see(ctx)
		switch host {
		case "down":
			return "", down
		case "empty":
			return "", nil
		}
		return host, nil
	}
	if answer, err := First(t.Context(), []string{"down", "empty", "x", "y"}, ask); answer != "x" || err != nil {
		t.Errorf("got %q, %v", answer, err)
	}
	if len(r.contexts) == 3 && r.contexts[2].Err() == nil {
		t.Error("the last context is live")
	}
	r.check(3)
	if answer, err := First(t.Context(), []string{"empty", "down"}, ask); answer != "" || err != down {
		t.Errorf("got %q, %v", answer, err)
	}
	r.check(2)
}

func TestEach(t *testing.T) {
	r := &recorder{t: t}
	bad := errors.New("bad")
	run := func(ctx context.Context, results ...error) error {
		steps := make(chan func(context.Context) error, len(results))
		for _, result := range results {
			steps <- func(ctx context.Context) error {
				r.see(ctx)
				return result
			}
		}
		close(steps)
		return Each(ctx, steps)
	}
	if err := run(t.Context(), nil, nil, nil); err != nil {
		t.Error(err)
	}
	r.check(3)
	if err := run(t.Context(), nil, bad, nil); err != bad {
		t.Error(err)
	}
	r.check(2)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := Each(ctx, nil); err != context.Canceled {
		t.Error(err)
	}
	r.check(0)
}

func TestMatrix(t *testing.T) {
	r := &recorder{t: t}
	steps := Matrix(t.Context(), 4, 3, func(ctx context.Context, row, column int) (done, all bool) {
		r.see(ctx)
		return row == 1 && column == 0, row == 2 && column == 1
	})
	if steps != 3+1+2 {
		t.Errorf("got %d", steps)
	}
	r.check(6)
}
