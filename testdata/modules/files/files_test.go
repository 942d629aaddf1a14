package files

import (
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"
)

// countingFS counts what is open and notices files that are closed twice.
type countingFS struct {
	fs.FS
	open, opened, twice int
}

func (c *countingFS) Open(name string) (fs.File, error) {
	f, err := c.FS.Open(name)
	if err != nil {
		return nil, err
	}
	c.open++
	c.opened++
	return &countedFile{File: f, fs: c}, nil
}

type countedFile struct {
	fs.File
	fs     *countingFS
	closed bool
}

func (f *countedFile) Read(p []byte) (int, error) {
	if f.closed {
		return 0, fs.ErrClosed
	}
	return f.File.Read(p)
}

func (f *countedFile) Close() error {
	if f.closed {
		f.fs.twice++
	}
	f.closed = true
	f.fs.open--
	return f.File.Close()
}

// tree returns files to read; the test fails if one of them is left open.
func tree(t *testing.T) *countingFS {
	t.Helper()
	c := &countingFS{FS: fstest.MapFS{
		"a":     {Data: []byte("one\ntwo\n")},
		"b":     {Data: []byte("three\nfour\nfive\n")},
		"c":     {Data: []byte("six\n")},
		"empty": {},
		"d/e":   {Data: []byte("seven\n")},
	}}
	t.Cleanup(func() {
		if c.open != 0 || c.twice != 0 {
			t.Errorf("%d files left open, %d closed twice", c.open, c.twice)
		}
	})
	return c
}

func TestCountLines(t *testing.T) {
	if n, err := CountLines(tree(t), []string{"a", "b", "empty", "c"}); n != 6 || err != nil {
		t.Errorf("got %d, %v", n, err)
	}
	c := tree(t)
	if n, err := CountLines(c, []string{"a", "none", "b"}); n != 0 || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %d, %v", n, err)
	}
	if c.opened != 1 {
		t.Errorf("went on after an error: %d opened", c.opened)
	}
}

func TestFind(t *testing.T) {
	c := tree(t)
	if name, line, err := Find(c, []string{"a", "b", "c"}, "four"); name != "b" || line != 2 || err != nil {
		t.Errorf("got %q, %d, %v", name, line, err)
	}
	if c.opened != 2 {
		t.Errorf("went on after the match: %d opened", c.opened)
	}
	if name, line, err := Find(tree(t), []string{"a", "c"}, "four"); name != "" || line != 0 || err != nil {
		t.Errorf("got %q, %d, %v", name, line, err)
	}
	if _, _, err := Find(tree(t), []string{"a", "none"}, "four"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}

func TestSizes(t *testing.T) {
	sizes, err := Sizes(tree(t), []string{"a", "none", "c"})
	if want := map[string]int{"a": 8, "c": 4}; !maps.Equal(sizes, want) || err != nil {
		t.Errorf("got %v, %v", sizes, err)
	}
	sizes, err = Sizes(tree(t), []string{"a", "empty", "c"})
	if want := map[string]int{"a": 8}; !maps.Equal(sizes, want) || err != ErrEmpty {
		t.Errorf("got %v, %v", sizes, err)
	}
	if sizes, err = Sizes(tree(t), []string{"a", "d"}); sizes != nil || err == nil {
		t.Errorf("a directory was read: %v, %v", sizes, err)
	}
}

func TestCheck(t *testing.T) {
	if err := Check(tree(t), []string{"a", "b", "d/e"}); err != nil {
		t.Error(err)
	}
	c := tree(t)
	if err := Check(c, []string{"a", "empty", "b"}); !errors.Is(err, ErrEmpty) || c.opened != 2 {
		t.Errorf("got %v after %d files", err, c.opened)
	}
}

func TestExport(t *testing.T) {
	dir := t.TempDir()
	if n, err := Export(tree(t), []string{"a", "c", "d/e", "b"}, dir); n != 2 || err != nil {
		t.Errorf("got %d, %v", n, err)
	}
	for name, want := range map[string]string{"a": "one\ntwo\n", "c": "six\n"} {
		if data, err := os.ReadFile(filepath.Join(dir, name)); string(data) != want || err != nil {
			t.Errorf("%s: %q, %v", name, data, err)
		}
	}
	if n, err := Export(tree(t), []string{"a", "none"}, dir); n != 1 || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %d, %v", n, err)
	}
	if n, err := Export(tree(t), []string{"a"}, filepath.Join(dir, "none")); n != 0 || err == nil {
		t.Errorf("got %d, %v", n, err)
	}
}

func TestTouch(t *testing.T) {
	dir := t.TempDir()
	if err := Touch(dir, "x", "y"); err != nil {
		t.Fatal(err)
	}
	if data, err := os.ReadFile(filepath.Join(dir, "y")); string(data) != "y\n" || err != nil {
		t.Errorf("%q, %v", data, err)
	}
	if err := Touch(dir, "z", "none/x", "w"); err == nil {
		t.Error("wrote into a directory that is not there")
	}
	if _, err := os.Stat(filepath.Join(dir, "w")); err == nil {
		t.Error("went on after an error")
	}
}
