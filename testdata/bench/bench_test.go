package bench

import (
	"bytes"
	"compress/gzip"
	"database/sql"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	_ "modernc.org/sqlite"
)

// items is how many rounds each loop makes.
const items = 1000

func numbers(n int) []int {
	ids := make([]int, n)
	for i := range ids {
		ids[i] = i
	}
	return ids
}

func blobs() [][]byte {
	blobs := make([][]byte, items)
	for i := range blobs {
		blobs[i] = fmt.Appendf(nil, "item %d, of which there are %d", i, items)
	}
	return blobs
}

func records() [][]string {
	record := slices.Repeat([]string{"a field of some length"}, 40)
	return slices.Repeat([][]string{record}, items)
}

// check ends a benchmark whose work came to something else than it should.
func check[T comparable](b *testing.B, err error, got, want T) {
	b.Helper()
	if err != nil || got != want {
		b.Fatal(err, got, want)
	}
}

func BenchmarkCalls(b *testing.B) {
	ids := numbers(items)
	b.ReportAllocs()
	for b.Loop() {
		check(b, nil, Calls(ids), items*(items-1)/2)
	}
}

func BenchmarkMutex(b *testing.B) {
	accounts := make([]*Account, items)
	for i := range accounts {
		accounts[i] = new(Account)
	}
	b.ReportAllocs()
	want := 0
	for b.Loop() {
		Mutex(accounts, 1)
		want++
	}
	check(b, nil, accounts[items-1].Balance, want)
}

func BenchmarkFiles(b *testing.B) {
	names := make([]string, items/10)
	for i := range names {
		names[i] = filepath.Join(b.TempDir(), "file")
		if err := os.WriteFile(names[i], []byte("text"), 0o666); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportAllocs()
	for b.Loop() {
		total, err := Files(names)
		check(b, err, total, 4*len(names))
	}
}

// database makes a database with some items and gives its name.
func database(b *testing.B) string {
	source := filepath.Join(b.TempDir(), "items.db")
	db, err := sql.Open("sqlite", source)
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec("create table items (id integer primary key, name text)"); err != nil {
		b.Fatal(err)
	}
	for id := range 100 {
		if _, err := db.Exec("insert into items values (?, ?)", id, fmt.Sprint("item ", id)); err != nil {
			b.Fatal(err)
		}
	}
	return source
}

func BenchmarkRows(b *testing.B) {
	db, err := sql.Open("sqlite", database(b))
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	ids := numbers(50)
	b.ReportAllocs()
	for b.Loop() {
		names, err := Rows(db, ids)
		check(b, err, len(names), len(ids))
	}
}

// BenchmarkHandler measures requests under load: as many at a time as there are processors, each for ten items.
func BenchmarkHandler(b *testing.B) {
	server := httptest.NewServer(Handler(database(b)))
	defer server.Close()
	url := server.URL + "/?id=" + strings.Join(strings.Split("0123456789", ""), "&id=")
	b.ReportAllocs()
	b.ResetTimer()
	b.RunParallel(func(p *testing.PB) {
		for p.Next() {
			answer, err := http.Get(url)
			if err != nil {
				b.Error(err)
				return
			}
			text, err := io.ReadAll(answer.Body)
			answer.Body.Close()
			if err != nil || answer.StatusCode != http.StatusOK || bytes.Count(text, []byte("\n")) != 10 {
				b.Errorf("%v %d %q", err, answer.StatusCode, text)
				return
			}
		}
	})
}

func BenchmarkGunzip(b *testing.B) {
	all, size := blobs(), 0
	for i, blob := range all {
		var out bytes.Buffer
		zw := gzip.NewWriter(&out)
		zw.Write(blob)
		zw.Close()
		all[i], size = out.Bytes(), size+len(blob)
	}
	b.ReportAllocs()
	for b.Loop() {
		total, err := Gunzip(all)
		check(b, err, total, int64(size))
	}
}

func BenchmarkGzip(b *testing.B) {
	all := blobs()[:items/10]
	b.ReportAllocs()
	for b.Loop() {
		check(b, Gzip(io.Discard, all), 0, 0)
	}
}

func BenchmarkBuffers(b *testing.B) {
	all := records()
	b.ReportAllocs()
	for b.Loop() {
		check(b, Buffers(io.Discard, all), 0, 0)
	}
}

func BenchmarkPooled(b *testing.B) {
	all := records()
	b.ReportAllocs()
	for b.Loop() {
		check(b, Pooled(io.Discard, all), 0, 0)
	}
}

func BenchmarkScopes(b *testing.B) {
	ids := numbers(items)
	b.ReportAllocs()
	for b.Loop() {
		check(b, nil, Scopes(ids, func(id int) int { return id }), items*(items-1)/2)
	}
}
