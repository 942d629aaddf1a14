package kept

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// write makes files a, b and c and returns their paths.
func write(t *testing.T) []string {
	t.Helper()
	dir := t.TempDir()
	var paths []string
	for name, text := range map[string]string{"a": "1\n2\n", "b": "3\n4\n", "c": "5\n6\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"a", "b", "c"} {
		paths = append(paths, filepath.Join(dir, name))
	}
	return paths
}

func TestInterleave(t *testing.T) {
	paths := write(t)
	if text, err := Interleave(paths); text != "1\n3\n5\n" || err != nil {
		t.Errorf("got %q, %v", text, err)
	}
	if _, err := Interleave(append(paths, "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}

func TestConcat(t *testing.T) {
	if text, err := Concat(write(t)); string(text) != "1\n2\n3\n4\n5\n6\n" || err != nil {
		t.Errorf("got %q, %v", text, err)
	}
}

func TestLevel(t *testing.T) {
	accounts := []*Account{{Balance: 1}, {Balance: 2}, {Balance: 6}}
	Level(accounts, func(int) {
		for i, a := range accounts {
			if a.Mu.TryLock() {
				t.Errorf("account %d is not locked", i)
				a.Mu.Unlock()
			}
		}
	})
	for i, a := range accounts {
		if !a.Mu.TryLock() {
			t.Errorf("account %d is still locked", i)
		}
		if a.Balance != 3 {
			t.Errorf("account %d: %d", i, a.Balance)
		}
	}
}

func TestParallel(t *testing.T) {
	if n, err := Parallel(write(t)); n != 12 || err != nil {
		t.Errorf("got %d, %v", n, err)
	}
}

func TestLast(t *testing.T) {
	if text, err := Last(append(write(t), "none")); text != "5\n6\n" || err != nil {
		t.Errorf("got %q, %v", text, err)
	}
	if _, err := Last(nil); err != os.ErrNotExist {
		t.Errorf("got %v", err)
	}
}

func TestCompare(t *testing.T) {
	paths := write(t)
	err := Compare(paths, func(s *Snapshot) error {
		for _, path := range paths {
			if text, err := io.ReadAll(s.Files[path]); len(text) != 4 || err != nil {
				t.Errorf("got %q, %v", text, err)
			}
		}
		return io.EOF
	})
	if err != io.EOF {
		t.Error(err)
	}
}

func TestRetried(t *testing.T) {
	paths := write(t)
	if text, err := Retried([]string{"none", paths[1], paths[2]}); text != "3\n4\n" || err != nil {
		t.Errorf("got %q, %v", text, err)
	}
	if _, err := Retried([]string{"none"}); err != os.ErrNotExist {
		t.Errorf("got %v", err)
	}
}
