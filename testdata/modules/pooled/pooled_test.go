package pooled

import (
	"bytes"
	"compress/flate"
	"compress/zlib"
	"errors"
	"io"
	"os"
	"reflect"
	"strings"
	"sync"
	"testing"
)

var texts = []string{"one", "another", strings.Repeat("long", 30000), "x"}

var short = []string{"a", "bb", "ccc", "dddd"}

// again calls f from several goroutines, several times, so that what one iteration leaves behind meets another.
func again(t *testing.T, f func() error) {
	t.Helper()
	var wg sync.WaitGroup
	for range 4 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for i := 0; i < 20; i++ {
				if err := f(); err != nil {
					t.Error(err)
					return
				}
			}
		}()
	}
	wg.Wait()
}

func same(got, want any) error {
	if !reflect.DeepEqual(got, want) {
		return errors.New("not as it should be")
	}
	return nil
}

func TestGzip(t *testing.T) {
	again(t, func() error {
		packed, err := Gzip(short)
		if err != nil {
			return err
		}
		got, names, err := Gunzip(packed)
		return errors.Join(err, same(got, short), same(names, short))
	})
}

func TestGunzipStopsAtAnError(t *testing.T) {
	again(t, func() error {
		packed, err := Gzip(short)
		if err != nil {
			return err
		}
		packed[1] = packed[1][:len(packed[1])-3]
		got, _, err := Gunzip(packed)
		if err != io.ErrUnexpectedEOF || len(got) != 1 {
			return errors.Join(errors.New("a stream that is cut off is read"), err)
		}
		packed[1] = []byte("no gzip")
		if _, _, err := Gunzip(packed); err == nil {
			return errors.New("something else is read")
		}
		return nil
	})
}

func TestSizes(t *testing.T) {
	want, err := Sizes(texts)
	if err != nil {
		t.Fatal(err)
	}
	again(t, func() error {
		got, err := Sizes(texts)
		return errors.Join(err, same(got, want))
	})
}

func TestInflate(t *testing.T) {
	var flated, zlibbed [][]byte
	for _, text := range texts {
		var out, other bytes.Buffer
		fw, _ := flate.NewWriter(&out, 5)
		io.WriteString(fw, text)
		fw.Close()
		zw := zlib.NewWriter(&other)
		io.WriteString(zw, text)
		zw.Close()
		flated, zlibbed = append(flated, out.Bytes()), append(zlibbed, other.Bytes())
	}
	cut := func(all [][]byte) [][]byte { return append([][]byte{all[0][:2], {1}}, all...) }
	again(t, func() error {
		got, failed := Inflate(cut(flated))
		unpacked, wrong := Unzlib(cut(zlibbed))
		return errors.Join(same(got, texts), same(failed, 2), same(unpacked, texts), same(wrong, 2))
	})
}

func TestFiles(t *testing.T) {
	dir := t.TempDir()
	for range 5 {
		if err := Write(dir, short); err != nil {
			t.Fatal(err)
		}
		for _, name := range short {
			text, err := os.ReadFile(dir + "/" + name)
			if err != nil || string(text) != name {
				t.Fatal(string(text), err)
			}
		}
		got, err := Heads(dir, short)
		if err := errors.Join(err, same(got, short)); err != nil {
			t.Fatal(err)
		}
	}
}

func TestSums(t *testing.T) {
	want := Sums(texts)
	again(t, func() error { return same(Sums(texts), want) })
}

// broken fails to write what is long.
type broken struct{ strings.Builder }

func (b *broken) Write(text []byte) (int, error) {
	if len(text) > 1000 {
		return 0, io.ErrShortWrite
	}
	return b.Builder.Write(text)
}

func TestJSON(t *testing.T) {
	again(t, func() error {
		var b broken
		err := JSON(&b, texts)
		if !errors.Is(err, io.ErrShortWrite) {
			return errors.New("the error is lost")
		}
		return same(b.String(), "\"one\"\n\"another\"\n")
	})
}

func TestTexts(t *testing.T) {
	again(t, func() error {
		return errors.Join(
			same(Quoted(texts), []string{`"one"`, `"another"`, `"x"`}),
			same(Run(short), []string{"a2 true", "bb2 true", "ccc2 true", "dddd2 true"}),
			same(Joined(short), "aabbbbccccccdddddddd"),
			same(Length(short), 10),
		)
	})
}

func TestViewsStay(t *testing.T) {
	again(t, func() error {
		views := Views(short)
		Quoted(texts)
		for i, view := range views {
			if string(view) != short[i] {
				return errors.New("memory that was kept is overwritten")
			}
		}
		return nil
	})
}
