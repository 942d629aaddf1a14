// Package tour shows what undefer finds and what becomes of it, one function for each verdict.
//
// Each function has a defer in a loop: what is deferred does not run when the iteration ends but when the function
// returns, so that it piles up. Run undefer on this directory to see the diff, and undefer check --show all to see
// the verdicts and the reasons.
package tour

import (
	"fmt"
	"io"
	"os"
)

// Sizes is rewritten, and that is safe: each file is read to its end within its iteration, and what leaves the
// iteration is a number. The body becomes a function literal, so that each file is closed before the next is opened.
func Sizes(paths []string) (map[string]int, error) {
	sizes := make(map[string]int)
	for _, path := range paths {
		f, err := os.Open(path)
		if err != nil {
			return nil, fmt.Errorf("size of %s: %w", path, err)
		}
		defer f.Close()

		data, err := io.ReadAll(f)
		if err != nil {
			return nil, fmt.Errorf("size of %s: %w", path, err)
		}
		sizes[path] = len(data)
	}
	return sizes, nil
}

// Upload is rewritten only with --unsafe: nothing shows that store is done with the file when it returns. It may keep
// the file and read on later.
func Upload(paths []string, store func(name string, r io.Reader) error) error {
	for _, path := range paths {
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		defer f.Close()

		if err := store(path, f); err != nil {
			return err
		}
	}
	return nil
}
