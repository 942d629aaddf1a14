package handles

import (
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
)

// fake is a driver whose queries are names of numbers.
type fake struct {
	numbers map[string]int64
	// open counts connections.
	open int
	log  []string
}

var theFake = &fake{numbers: map[string]int64{"one": 1, "two": 2, "three": 3}}

func init() {
	sql.Register("fake", theFake)
}

func (f *fake) Open(dsn string) (driver.Conn, error) {
	f.open++
	return &conn{f, dsn}, nil
}

type conn struct {
	*fake
	dsn string
}

func (c *conn) Begin() (driver.Tx, error) { return nil, errors.ErrUnsupported }

func (c *conn) Close() error {
	c.open--
	return nil
}

func (c *conn) Prepare(query string) (driver.Stmt, error) {
	if _, ok := c.numbers[query]; !ok && !strings.HasPrefix(query, "put ") {
		return nil, errors.New("no such number")
	}
	c.log = append(c.log, c.dsn+" "+query)
	return &stmt{c.fake, query}, nil
}

type stmt struct {
	*fake
	name string
}

func (s *stmt) NumInput() int                              { return 0 }
func (s *stmt) Close() error                               { return nil }
func (s *stmt) Exec([]driver.Value) (driver.Result, error) { return driver.RowsAffected(1), nil }

func (s *stmt) Query([]driver.Value) (driver.Rows, error) {
	return &rows{s.numbers[s.name], false}, nil
}

type rows struct {
	number int64
	read   bool
}

func (r *rows) Columns() []string { return []string{"n"} }
func (r *rows) Close() error      { return nil }

func (r *rows) Next(dest []driver.Value) error {
	if r.read {
		return io.EOF
	}
	r.read, dest[0] = true, r.number
	return nil
}

// closed checks that no connection has stayed open, and gives back what was asked.
func closed(t *testing.T) []string {
	t.Helper()
	if theFake.open != 0 {
		t.Errorf("%d connections are open", theFake.open)
	}
	log := theFake.log
	theFake.log = nil
	return log
}

func TestSum(t *testing.T) {
	if n, err := Sum("fake", "a", []string{"one", "two", "two"}); n != 5 || err != nil {
		t.Errorf("Sum: %d, %v", n, err)
	}
	if log := closed(t); !slices.Equal(log, []string{"a one", "a two", "a two"}) {
		t.Errorf("asked %v", log)
	}
	if n, err := Sum("fake", "a", []string{"three", "none", "one"}); n != 3 || err == nil {
		t.Errorf("Sum: %d, %v", n, err)
	}
	closed(t)
	if _, err := Sum("none", "a", []string{"one"}); err == nil || !strings.HasPrefix(err.Error(), "open none: ") {
		t.Errorf("Sum of an unknown driver: %v", err)
	}
	closed(t)
}

func TestEach(t *testing.T) {
	var found []int
	failed, err := Each("fake", "a", [][]string{{"one", "none", "two"}, {}, {"three"}}, func(n int) {
		found = append(found, n)
	})
	if failed != 1 || err != nil || !slices.Equal(found, []int{1, 3}) {
		t.Errorf("Each: %d, %v, found %v", failed, err, found)
	}
	closed(t)
	if _, err := Each("none", "a", [][]string{{"one"}}, nil); err == nil {
		t.Error("Each: an unknown driver is no error")
	}
	closed(t)
}

func TestCopy(t *testing.T) {
	if err := Copy("fake", "a", "b", []string{"one", "three"}); err != nil {
		t.Errorf("Copy: %v", err)
	}
	if log := closed(t); !slices.Equal(log, []string{"a one", "b put 1", "a three", "b put 3"}) {
		t.Errorf("asked %v", log)
	}
	if err := Copy("fake", "a", "b", []string{"none"}); err == nil {
		t.Error("Copy: an unknown number is no error")
	}
	closed(t)
}

func TestWords(t *testing.T) {
	if n, err := Words("fake", "a", []string{"one!", "42 two", "none"}); n != 2 || err != nil {
		t.Errorf("Words: %d, %v", n, err)
	}
	closed(t)
}
