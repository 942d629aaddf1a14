package rows

import (
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"
)

// fake is a driver whose queries are names of tables with one column of numbers.
type fake struct {
	tables map[string][]int64
	// open counts rows and statements; log is what was opened and closed.
	openRows, openStatements int
	log                      []string
}

var theFake = &fake{tables: map[string][]int64{"a": {1, 2, 3}, "b": {4}, "c": {}, "d": {5, 6}}}

func init() {
	sql.Register("fake", theFake)
}

func (f *fake) Open(string) (driver.Conn, error) { return &conn{f}, nil }

type conn struct{ *fake }

func (c *conn) Close() error              { return nil }
func (c *conn) Begin() (driver.Tx, error) { return nil, errors.ErrUnsupported }

func (c *conn) Prepare(query string) (driver.Stmt, error) {
	if _, ok := c.tables[query]; !ok {
		return nil, errors.New("no such table")
	}
	c.openStatements++
	c.log = append(c.log, "+stmt "+query)
	return &stmt{c.fake, query}, nil
}

type stmt struct {
	*fake
	table string
}

func (s *stmt) NumInput() int                              { return 0 }
func (s *stmt) Exec([]driver.Value) (driver.Result, error) { return nil, errors.ErrUnsupported }

func (s *stmt) Close() error {
	s.openStatements--
	s.log = append(s.log, "-stmt "+s.table)
	return nil
}

func (s *stmt) Query([]driver.Value) (driver.Rows, error) {
	s.openRows++
	s.log = append(s.log, "+rows "+s.table)
	return &rows{s.fake, s.table, s.tables[s.table]}, nil
}

type rows struct {
	*fake
	table string
	left  []int64
}

func (r *rows) Columns() []string { return []string{"n"} }

func (r *rows) Close() error {
	r.openRows--
	r.log = append(r.log, "-rows "+r.table)
	return nil
}

func (r *rows) Next(dest []driver.Value) error {
	if len(r.left) == 0 {
		return io.EOF
	}
	dest[0], r.left = r.left[0], r.left[1:]
	return nil
}

// database opens the fake; the test fails if rows, statements or connections are left in use.
func database(t *testing.T) *sql.DB {
	t.Helper()
	db, err := sql.Open("fake", "")
	if err != nil {
		t.Fatal(err)
	}
	theFake.log = nil
	t.Cleanup(func() {
		if n := db.Stats().InUse; n != 0 || theFake.openRows != 0 || theFake.openStatements != 0 {
			t.Errorf("left: %d connections, %d rows, %d statements", n, theFake.openRows, theFake.openStatements)
		}
		db.Close()
	})
	return db
}

func TestSums(t *testing.T) {
	db := database(t)
	sums, err := Sums(t.Context(), db, []string{"a", "b", "c", "d"})
	if want := map[string]int{"a": 6, "b": 4, "d": 11}; !maps.Equal(sums, want) || err != nil {
		t.Errorf("got %v, %v", sums, err)
	}
	if sums, err := Sums(t.Context(), db, []string{"a", "none", "b"}); sums != nil || err == nil {
		t.Errorf("got %v, %v", sums, err)
	}
}

func TestHolds(t *testing.T) {
	db := database(t)
	if table, ok, err := Holds(t.Context(), db, []string{"a", "b", "d"}, 4); table != "b" || !ok || err != nil {
		t.Errorf("got %q, %t, %v", table, ok, err)
	}
	if slices.Contains(theFake.log, "+rows d") {
		t.Error("went on after the answer")
	}
	if table, ok, err := Holds(t.Context(), db, []string{"a", "b"}, 9); table != "" || ok || err != nil {
		t.Errorf("got %q, %t, %v", table, ok, err)
	}
	if table, ok, err := Holds(t.Context(), db, []string{"a", "none"}, 9); table != "" || ok || err == nil {
		t.Errorf("got %q, %t, %v", table, ok, err)
	}
}

func TestLimit(t *testing.T) {
	db := database(t)
	if n, err := Limit(t.Context(), db, []string{"b", "none", "d"}, 2); n != 2 || err != nil {
		t.Errorf("got %d, %v", n, err)
	}
	log := strings.Join(theFake.log, ",")
	for _, table := range []string{"b", "d"} {
		if closed := strings.Index(log, "-rows "+table); closed < 0 || closed > strings.Index(log, "-stmt "+table) {
			t.Errorf("the statement on %s closes before its rows: %s", table, log)
		}
	}
	if n, err := Limit(t.Context(), db, []string{"b", "a", "d"}, 2); n != 1 || !errors.Is(err, ErrTooMany) {
		t.Errorf("got %d, %v", n, err)
	}
}
