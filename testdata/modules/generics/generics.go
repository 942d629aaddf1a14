// Package generics defers in loops of generic functions and of methods on generic types.
package generics

import (
	"cmp"
	"errors"
	"io"
)

// ErrNone is returned where there is nothing to choose from.
var ErrNone = errors.New("none")

// Source is something that yields one value while it is open.
type Source[T any] interface {
	io.Closer
	Value() (T, error)
}

// Opener opens one source.
type Opener[T any] func() (Source[T], error)

// Collect reads the value of every source.
func Collect[T any](openers []Opener[T]) ([]T, error) {
	var values []T
	for _, open := range openers {
		source, err := open()
		if err != nil {
			return nil, err
		}
		defer source.Close()

		value, err := source.Value()
		if err != nil {
			return values, err
		}
		values = append(values, value)
	}
	return values, nil
}

// Max returns the greatest value; sources that do not open are left out.
func Max[T cmp.Ordered](openers []Opener[T]) (greatest T, err error) {
	seen := false
	for i := range openers {
		source, openErr := openers[i]()
		if openErr != nil {
			continue
		}
		defer source.Close()
		value, valueErr := source.Value()
		if valueErr != nil {
			err = valueErr
			return
		}
		if !seen || value > greatest {
			greatest, seen = value, true
		}
	}
	if !seen {
		err = ErrNone
	}
	return
}

// Index finds values by key.
type Index[K comparable, V any] struct {
	Parts []func() (Part[K, V], error)
	Reads int
}

// Part is one piece of an index.
type Part[K comparable, V any] interface {
	Get(K) (V, bool)
	Close() error
}

// Get looks into one part after the other.
func (x *Index[K, V]) Get(key K) (V, bool, error) {
	var zero V
	for _, open := range x.Parts {
		part, err := open()
		if err != nil {
			return zero, false, err
		}
		defer part.Close()
		x.Reads++
		if value, ok := part.Get(key); ok {
			return value, true, nil
		}
	}
	return zero, false, nil
}

// Missing returns the keys that no part holds.
func (x *Index[K, V]) Missing(keys ...K) (missing map[K]struct{}, err error) {
	missing = make(map[K]struct{})
keys:
	for _, key := range keys {
		for _, open := range x.Parts {
			part, err := open()
			if err != nil {
				return nil, err
			}
			defer func() { _ = part.Close() }()
			if _, ok := part.Get(key); ok {
				continue keys
			}
		}
		missing[key] = struct{}{}
	}
	return missing, nil
}
