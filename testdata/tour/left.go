package tour

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"sync"
)

// First runs its defer once: after it every path returns, so that nothing piles up and nothing has to change.
func First(paths []string) ([]byte, error) {
	for _, path := range paths {
		f, err := os.Open(path)
		if err != nil {
			continue
		}
		defer f.Close()
		return io.ReadAll(f)
	}
	return nil, os.ErrNotExist
}

// Merge is kept: the files are read after the loop, through the readers that it collects.
func Merge(paths []string, out io.Writer) error {
	var readers []*bufio.Reader
	for _, path := range paths {
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		defer f.Close()
		readers = append(readers, bufio.NewReader(f))
	}
	for _, r := range readers {
		line, err := r.ReadString('\n')
		if err != nil {
			return err
		}
		fmt.Fprint(out, line)
	}
	return nil
}

// Account has a lock of its own.
type Account struct {
	mu      sync.Mutex
	balance int
}

// Total is kept: it locks all accounts before it looks at any of them, so that the sum holds at one moment.
func Total(accounts []*Account) int {
	for _, a := range accounts {
		a.mu.Lock()
		defer a.mu.Unlock()
	}
	total := 0
	for _, a := range accounts {
		total += a.balance
	}
	return total
}

// Each is refused: the deferred function recovers. Today a panic ends Each; after a rewrite the loop would go on.
func Each(items []string, do func(string)) {
	for _, item := range items {
		defer func() {
			if r := recover(); r != nil {
				fmt.Printf("%s: %v\n", item, r)
			}
		}()
		do(item)
	}
}

// Drain is refused: its loop is made with goto, and a rewrite would have to jump out of a function literal.
func Drain(next func() (io.ReadCloser, bool)) {
again:
	r, ok := next()
	if ok {
		defer r.Close()
		io.Copy(io.Discard, r)
		goto again
	}
}
