// Package kept defers in loops what must live until the function returns. None of it may be rewritten.
package kept

import (
	"bufio"
	"errors"
	"io"
	"os"
	"strings"
	"sync"
)

// Interleave reads one line of each file in turn: all of them are open at the same time.
func Interleave(paths []string) (string, error) {
	var readers []*bufio.Reader
	for _, path := range paths {
		f, err := os.Open(path)
		if err != nil {
			return "", err
		}
		defer f.Close()
		readers = append(readers, bufio.NewReader(f))
	}
	var out strings.Builder
	for _, r := range readers {
		line, err := r.ReadString('\n')
		if err != nil {
			return "", err
		}
		out.WriteString(line)
	}
	return out.String(), nil
}

// Concat reads all files through one reader that is built before any of them is read.
func Concat(paths []string) ([]byte, error) {
	readers := make([]io.Reader, len(paths))
	for i, path := range paths {
		f, err := os.Open(path)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		readers[i] = f
	}
	return io.ReadAll(io.MultiReader(readers...))
}

// Account is a balance with a lock of its own.
type Account struct {
	Mu      sync.Mutex
	Balance int
}

// Level locks all accounts, and only then makes their balances equal.
func Level(accounts []*Account, step func(locked int)) {
	sum := 0
	for _, a := range accounts {
		a.Mu.Lock()
		defer a.Mu.Unlock()
	}
	for _, a := range accounts {
		sum += a.Balance
	}
	for _, a := range accounts {
		a.Balance = sum / len(accounts)
		step(a.Balance)
	}
}

// Parallel reads all files in goroutines that start to read, and are waited for, after the loop.
func Parallel(paths []string) (int, error) {
	start := make(chan struct{})
	var wg sync.WaitGroup
	sizes := make([]int64, len(paths))
	errs := make([]error, len(paths))
	for i, path := range paths {
		f, err := os.Open(path)
		if err != nil {
			return 0, err
		}
		defer f.Close()
		wg.Add(1)
		go func() {
			defer wg.Done()
			<-start
			sizes[i], errs[i] = io.Copy(io.Discard, f)
		}()
	}
	close(start)
	wg.Wait()
	total := 0
	for _, size := range sizes {
		total += int(size)
	}
	return total, errors.Join(errs...)
}

// Last keeps the last file that opens, and reads it after the loop.
func Last(paths []string) (string, error) {
	var last *os.File
	for _, path := range paths {
		f, err := os.Open(path)
		if err != nil {
			continue
		}
		defer f.Close()
		last = f
	}
	if last == nil {
		return "", os.ErrNotExist
	}
	text, err := io.ReadAll(last)
	return string(text), err
}

// Snapshot is a set of files by name.
type Snapshot struct {
	Files map[string]*os.File
}

// Compare opens all files into a snapshot and hands that to a function.
func Compare(paths []string, compare func(*Snapshot) error) error {
	snapshot := &Snapshot{Files: make(map[string]*os.File)}
	for _, path := range paths {
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		defer f.Close()
		snapshot.Files[path] = f
	}
	return compare(snapshot)
}

// Retried opens the first file that is there: at most one defer is ever pending.
func Retried(paths []string) (string, error) {
	for _, path := range paths {
		f, err := os.Open(path)
		if err != nil {
			continue
		}
		defer f.Close()
		text, err := io.ReadAll(f)
		return string(text), err
	}
	return "", os.ErrNotExist
}
