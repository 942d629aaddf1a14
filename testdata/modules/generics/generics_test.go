package generics

import (
	"errors"
	"maps"
	"slices"
	"testing"
)

var (
	errOpen  = errors.New("does not open")
	errValue = errors.New("has no value")
)

// opened counts what is open.
type opened struct {
	t    *testing.T
	open int
}

func (o *opened) check() {
	o.t.Helper()
	if o.open != 0 {
		o.t.Errorf("%d left open", o.open)
	}
}

type source[T any] struct {
	opened *opened
	value  T
	err    error
	closed bool
}

func (s *source[T]) Value() (T, error) {
	if s.closed {
		s.opened.t.Error("read after close")
	}
	return s.value, s.err
}

func (s *source[T]) Close() error {
	s.opened.open--
	s.closed = true
	return nil
}

func opener[T any](o *opened, value T, openErr, valueErr error) Opener[T] {
	return func() (Source[T], error) {
		if openErr != nil {
			return nil, openErr
		}
		o.open++
		return &source[T]{opened: o, value: value, err: valueErr}, nil
	}
}

func TestCollect(t *testing.T) {
	o := &opened{t: t}
	a, b := opener(o, "a", nil, nil), opener(o, "b", nil, nil)
	if values, err := Collect([]Opener[string]{a, b, a}); !slices.Equal(values, []string{"a", "b", "a"}) || err != nil {
		t.Errorf("got %v, %v", values, err)
	}
	o.check()
	values, err := Collect([]Opener[string]{a, opener(o, "", nil, errValue), b})
	if !slices.Equal(values, []string{"a"}) || err != errValue {
		t.Errorf("got %v, %v", values, err)
	}
	o.check()
	if values, err := Collect([]Opener[string]{a, opener(o, "", errOpen, nil)}); values != nil || err != errOpen {
		t.Errorf("got %v, %v", values, err)
	}
	o.check()
}

func TestMax(t *testing.T) {
	o := &opened{t: t}
	one, two := opener(o, -1.5, nil, nil), opener(o, -2.5, nil, nil)
	if greatest, err := Max([]Opener[float64]{two, opener(o, 9.0, errOpen, nil), one, two}); greatest != -1.5 || err != nil {
		t.Errorf("got %v, %v", greatest, err)
	}
	o.check()
	if greatest, err := Max([]Opener[float64]{two, opener(o, 9.0, nil, errValue), one}); greatest != -2.5 || err != errValue {
		t.Errorf("got %v, %v", greatest, err)
	}
	o.check()
	if _, err := Max[int](nil); err != ErrNone {
		t.Errorf("got %v", err)
	}
}

type part struct {
	opened *opened
	values map[string]int
}

func (p part) Get(key string) (int, bool) {
	value, ok := p.values[key]
	return value, ok
}

func (p part) Close() error {
	p.opened.open--
	return nil
}

func index(o *opened, parts ...map[string]int) *Index[string, int] {
	x := new(Index[string, int])
	for _, values := range parts {
		x.Parts = append(x.Parts, func() (Part[string, int], error) {
			if values == nil {
				return nil, errOpen
			}
			o.open++
			return part{o, values}, nil
		})
	}
	return x
}

func TestIndex(t *testing.T) {
	o := &opened{t: t}
	x := index(o, map[string]int{"a": 1}, map[string]int{"b": 2}, map[string]int{"b": 3, "c": 4})
	if value, ok, err := x.Get("b"); value != 2 || !ok || err != nil || x.Reads != 2 {
		t.Errorf("got %d, %t, %v after %d reads", value, ok, err, x.Reads)
	}
	o.check()
	if value, ok, err := x.Get("d"); value != 0 || ok || err != nil || x.Reads != 5 {
		t.Errorf("got %d, %t, %v after %d reads", value, ok, err, x.Reads)
	}
	o.check()
	missing, err := x.Missing("a", "x", "c", "y")
	if !maps.Equal(missing, map[string]struct{}{"x": {}, "y": {}}) || err != nil {
		t.Errorf("got %v, %v", missing, err)
	}
	o.check()
	x = index(o, map[string]int{"a": 1}, nil)
	if value, ok, err := x.Get("b"); value != 0 || ok || err != errOpen {
		t.Errorf("got %d, %t, %v", value, ok, err)
	}
	o.check()
	if missing, err := x.Missing("a", "b"); missing != nil || err != errOpen {
		t.Errorf("got %v, %v", missing, err)
	}
	o.check()
}
