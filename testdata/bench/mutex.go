package bench

import "sync"

// Account is a balance that several goroutines change.
type Account struct {
	mu      sync.Mutex
	Balance int
}

// Mutex adds to all accounts, each under its lock.
func Mutex(accounts []*Account, amount int) {
	for _, account := range accounts {
		account.mu.Lock()
		defer account.mu.Unlock()
		account.Balance += amount
	}
}
