package archive

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"maps"
	"testing"
)

func zipped(t *testing.T, members ...string) []byte {
	t.Helper()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, name := range members {
		member, err := w.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(member, "text of "+name); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestTexts(t *testing.T) {
	one, two := zipped(t, "a.txt", "b.bin"), zipped(t, "c.txt", "d.txt")
	texts, err := Texts([][]byte{one, two}, ".txt")
	want := map[string]string{"a.txt": "text of a.txt", "c.txt": "text of c.txt", "d.txt": "text of d.txt"}
	if !maps.Equal(texts, want) || err != nil {
		t.Errorf("got %v, %v", texts, err)
	}
	texts, err = Texts([][]byte{one, []byte("no archive"), two}, ".txt")
	if want := map[string]string{"a.txt": "text of a.txt"}; !maps.Equal(texts, want) || !errors.Is(err, zip.ErrFormat) {
		t.Errorf("got %v, %v", texts, err)
	}
}

// store hands out archives and counts those that are open.
type store struct {
	open, opened int
}

type stored struct {
	io.Reader
	store  *store
	closed bool
}

func (s *stored) Read(p []byte) (int, error) {
	if s.closed {
		return 0, errors.New("read after close")
	}
	return s.Reader.Read(p)
}

func (s *stored) Close() error {
	s.closed = true
	s.store.open--
	return nil
}

func (s *store) opener(data []byte) Opener {
	return func() (io.ReadCloser, error) {
		if data == nil {
			return nil, errors.New("not there")
		}
		s.open++
		s.opened++
		return &stored{Reader: bytes.NewReader(data), store: s}, nil
	}
}

func (s *store) check(t *testing.T, opened int) {
	t.Helper()
	if s.open != 0 || s.opened != opened {
		t.Errorf("%d archives left open, %d opened, not %d", s.open, s.opened, opened)
	}
	s.opened = 0
}

func tarred(t *testing.T, members ...string) []byte {
	t.Helper()
	var out bytes.Buffer
	gz := gzip.NewWriter(&out)
	w := tar.NewWriter(gz)
	for _, name := range members {
		if err := w.WriteHeader(&tar.Header{Name: name, Mode: 0o600, Size: 10}); err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, "0123456789"); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(w.Close(), gz.Close()); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestSum(t *testing.T) {
	s := new(store)
	one, two := s.opener(tarred(t, "a", "b")), s.opener(tarred(t, "c"))
	broken, absent := s.opener([]byte("no archive")), s.opener(nil)
	for _, test := range []struct {
		archives []Opener
		total    int64
		members  int
		failed   bool
		opened   int
	}{
		{[]Opener{one, two}, 30, 3, false, 2},
		{[]Opener{one, one, one, two}, 40, 4, true, 2},
		{[]Opener{one, broken, two}, 0, 0, true, 2},
		{[]Opener{one, absent, two}, 0, 0, true, 1},
		{nil, 0, 0, false, 0},
	} {
		total, members, err := Sum(test.archives, 35)
		if total != test.total || members != test.members || (err != nil) != test.failed {
			t.Errorf("%+v: got %d, %d, %v", test, total, members, err)
		}
		s.check(t, test.opened)
	}
}

func TestWhere(t *testing.T) {
	s := new(store)
	archives := []Opener{
		s.opener(nil), s.opener([]byte("no archive")), s.opener(tarred(t, "a", "b")), s.opener(tarred(t, "c")),
	}
	if i := Where(archives, "b"); i != 2 {
		t.Errorf("got %d", i)
	}
	s.check(t, 2)
	if i := Where(archives, "none"); i != -1 {
		t.Errorf("got %d", i)
	}
	s.check(t, 3)
}
