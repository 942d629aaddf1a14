// Package files reads files in loops and defers closing them there.
package files

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// ErrEmpty is returned for a file that holds nothing.
var ErrEmpty = errors.New("empty file")

// CountLines adds up the lines of all files.
func CountLines(fsys fs.FS, names []string) (int, error) {
	total := 0
	for _, name := range names {
		f, err := fsys.Open(name)
		if err != nil {
			return 0, err
		}
		defer f.Close()

		scanner := bufio.NewScanner(f)
		for scanner.Scan() {
			total++
		}
		if err := scanner.Err(); err != nil {
			return 0, err
		}
	}
	return total, nil
}

// Find returns the first file and line that hold word; line 0 if none does.
func Find(fsys fs.FS, names []string, word string) (string, int, error) {
	for _, name := range names {
		f, err := fsys.Open(name)
		if err != nil {
			return "", 0, fmt.Errorf("find %q: %w", word, err)
		}
		defer f.Close()

		scanner := bufio.NewScanner(f)
		for line := 1; scanner.Scan(); line++ {
			if strings.Contains(scanner.Text(), word) {
				return name, line, nil
			}
		}
	}
	return "", 0, nil
}

// Sizes reads all files and tells their lengths in bytes; files that are not there are left out.
func Sizes(fsys fs.FS, names []string) (sizes map[string]int, err error) {
	sizes = make(map[string]int)
	for _, name := range names {
		f, openErr := fsys.Open(name)
		if errors.Is(openErr, fs.ErrNotExist) {
			continue
		}
		if openErr != nil {
			err = openErr
			return
		}
		defer f.Close()

		data, readErr := io.ReadAll(f)
		if readErr != nil {
			return nil, readErr
		}
		if len(data) == 0 {
			err = ErrEmpty
			return
		}
		sizes[name] = len(data)
	}
	return sizes, nil
}

// Check fails on the first file that is empty.
func Check(fsys fs.FS, names []string) error {
	for i := 0; i < len(names); i++ {
		f, err := fsys.Open(names[i])
		if err != nil {
			return err
		}
		defer f.Close()

		n, err := io.Copy(io.Discard, f)
		if err != nil {
			return err
		}
		if n == 0 {
			return fmt.Errorf("%s: %w", names[i], ErrEmpty)
		}
	}
	return nil
}

// Export copies files into a directory and returns how many it wrote. It stops at the first name with a slash.
func Export(fsys fs.FS, names []string, dir string) (written int, err error) {
	for _, name := range names {
		if strings.Contains(name, "/") {
			break
		}
		in, err := fsys.Open(name)
		if err != nil {
			return written, err
		}
		defer in.Close()
		out, err := os.Create(filepath.Join(dir, name))
		if err != nil {
			return written, err
		}
		defer out.Close()

		if _, err := io.Copy(out, in); err != nil {
			return written, err
		}
		written++
	}
	return written, nil
}

// Touch creates the files, each with its own name as text.
func Touch(dir string, names ...string) error {
	for _, name := range names {
		f, err := os.Create(filepath.Join(dir, name))
		if err != nil {
			return err
		}
		defer f.Close()
		if _, err := fmt.Fprintln(f, name); err != nil {
			return err
		}
	}
	return nil
}
