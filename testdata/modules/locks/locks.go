// Package locks holds one lock per item and defers the unlocking in the loop over the items.
package locks

import (
	"errors"
	"sync"
)

// ErrOverdrawn is returned where an account would fall below zero.
var ErrOverdrawn = errors.New("overdrawn")

// Account is a balance with its own lock.
type Account struct {
	Mu      sync.Mutex
	Name    string
	Balance int
	Frozen  bool
}

// Total adds up the balances of all accounts that are not frozen.
func Total(accounts []*Account) int {
	total := 0
	for _, a := range accounts {
		a.Mu.Lock()
		defer a.Mu.Unlock()
		if a.Frozen {
			continue
		}
		total += a.Balance
	}
	return total
}

// Charge takes the fee from each account, and stops at the first that cannot pay.
func Charge(accounts []*Account, fee int) (charged int, err error) {
	for _, a := range accounts {
		a.Mu.Lock()
		defer a.Mu.Unlock()
		switch {
		case a.Frozen:
			continue
		case a.Balance < fee:
			return charged, ErrOverdrawn
		}
		a.Balance -= fee
		charged++
	}
	return
}

// Freeze freezes accounts up to and including the one with the name. Other accounts are not touched.
func Freeze(accounts []*Account, last string) {
	for i := range accounts {
		a := accounts[i]
		a.Mu.Lock()
		defer a.Mu.Unlock()
		a.Frozen = true
		if a.Name == last {
			return
		}
	}
}

// Lookup returns the balance under a name.
func Lookup(accounts []*Account, name string) (int, bool) {
	for _, a := range accounts {
		a.Mu.Lock()
		defer a.Mu.Unlock()
		if a.Name == name {
			return a.Balance, true
		}
	}
	return 0, false
}

// Table is a set of rows, each with a lock for many readers.
type Table struct {
	Rows []*Row
}

// Row holds cells.
type Row struct {
	Mu    sync.RWMutex
	Cells []int
}

// Search returns where the value stands.
func (t *Table) Search(value int) (row, column int, found bool) {
rows:
	for i, r := range t.Rows {
		r.Mu.RLock()
		defer r.Mu.RUnlock()
		for j, cell := range r.Cells {
			if cell < 0 {
				continue rows
			}
			if cell == value {
				row, column, found = i, j, true
				break rows
			}
		}
	}
	return
}

// Double doubles every cell, and counts them.
func (t *Table) Double() int {
	count := 0
	for _, r := range t.Rows {
		r.Mu.Lock()
		defer func() {
			r.Mu.Unlock()
		}()
		for j := range r.Cells {
			r.Cells[j] *= 2
			count++
		}
	}
	return count
}
