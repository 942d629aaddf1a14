// Package archive reads archives and their members in nested loops and defers closing both.
package archive

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"strings"
)

// ErrBudget is returned where members are larger than allowed.
var ErrBudget = errors.New("budget exceeded")

// Texts returns the text of all members that end in the suffix.
func Texts(archives [][]byte, suffix string) (texts map[string]string, err error) {
	texts = make(map[string]string)
	for i, data := range archives {
		r, zipErr := zip.NewReader(bytes.NewReader(data), int64(len(data)))
		if zipErr != nil {
			err = fmt.Errorf("archive %d: %w", i, zipErr)
			return
		}
		for _, member := range r.File {
			if !strings.HasSuffix(member.Name, suffix) {
				continue
			}
			f, openErr := member.Open()
			if openErr != nil {
				return texts, openErr
			}
			defer f.Close()

			text, readErr := io.ReadAll(f)
			if readErr != nil {
				return nil, readErr
			}
			texts[member.Name] = string(text)
		}
	}
	return
}

// Opener opens one archive; what it returns must be closed.
type Opener func() (io.ReadCloser, error)

// Sum adds up the sizes of all members of gzipped tar files, as long as they are within the budget.
func Sum(archives []Opener, budget int64) (total int64, members int, err error) {
	for _, open := range archives {
		file, err := open()
		if err != nil {
			return 0, 0, err
		}
		defer file.Close()
		unzipped, err := gzip.NewReader(file)
		if err != nil {
			return 0, 0, err
		}
		defer unzipped.Close()

		r := tar.NewReader(unzipped)
		for {
			_, err := r.Next()
			if err == io.EOF {
				break
			}
			if err != nil {
				return total, members, err
			}
			n, err := io.Copy(io.Discard, r)
			if err != nil {
				return total, members, err
			}
			total += n
			members++
			if total > budget {
				return total, members, ErrBudget
			}
		}
	}
	return total, members, nil
}

// Where returns the number of the first archive with a member of that name, or -1.
func Where(archives []Opener, name string) int {
archives:
	for i, open := range archives {
		file, err := open()
		if err != nil {
			continue
		}
		defer func() { _ = file.Close() }()
		unzipped, err := gzip.NewReader(file)
		if err != nil {
			continue archives
		}
		defer unzipped.Close()

		for r := tar.NewReader(unzipped); ; {
			switch header, err := r.Next(); {
			case err != nil:
				continue archives
			case header.Name == name:
				return i
			}
		}
	}
	return -1
}
