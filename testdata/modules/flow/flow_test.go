package flow

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

// log opens things that are worth the length of their names. Names with "absent" do not open, names with "bad" fail
// when used, "zero" is worth 0, "negative" is worth -1.
type log struct {
	t    *testing.T
	open []string
	all  []string
}

type thing struct {
	log    *log
	name   string
	closed bool
}

func (l *log) opener(name string) (Thing, error) {
	if strings.Contains(name, "absent") {
		return nil, errors.New(name)
	}
	l.open = append(l.open, name)
	l.all = append(l.all, name)
	return &thing{log: l, name: name}, nil
}

func (x *thing) Use() (int, error) {
	if x.closed {
		x.log.t.Errorf("%s is used after it was closed", x.name)
	}
	switch {
	case strings.Contains(x.name, "bad"):
		return 0, ErrBad
	case x.name == "zero":
		return 0, nil
	case x.name == "negative":
		return -1, nil
	}
	return len(x.name), nil
}

// Close fails unless x was the last to be opened of those that are open: before and after a rewrite alike.
func (x *thing) Close() {
	if n := len(x.log.open); n == 0 || x.log.open[n-1] != x.name {
		x.log.t.Errorf("%s is closed while %v are open", x.name, x.log.open)
		return
	}
	x.closed = true
	x.log.open = x.log.open[:len(x.log.open)-1]
}

func (l *log) check(opened ...string) {
	l.t.Helper()
	if len(l.open) != 0 {
		l.t.Errorf("left open: %v", l.open)
	}
	if !slices.Equal(l.all, opened) {
		l.t.Errorf("opened %v, not %v", l.all, opened)
	}
	l.open, l.all = nil, nil
}

func TestPairs(t *testing.T) {
	l := &log{t: t}
	if sum, err := Pairs(l.opener, []string{"a", "bb", "ccc", "dddd", "odd"}); sum != 14 || err != nil {
		t.Errorf("got %d, %v", sum, err)
	}
	l.check("a", "bb", "ccc", "dddd")
	if sum, err := Pairs(l.opener, []string{"bad", "b", "cc", "dd", "e", "bad", "f", "g"}); sum != 4 || err != nil {
		t.Errorf("got %d, %v", sum, err)
	}
	l.check("bad", "b", "cc", "dd", "e", "bad")
	if sum, err := Pairs(l.opener, []string{"a", "b", "c", "absent", "d", "e"}); sum != 1 || err == nil {
		t.Errorf("got %d, %v", sum, err)
	}
	l.check("a", "b", "c")
	if sum, err := Pairs(l.opener, []string{"absent", "b"}); sum != 0 || err == nil {
		t.Errorf("got %d, %v", sum, err)
	}
	l.check()
}

func TestNested(t *testing.T) {
	l := &log{t: t}
	sum, name := Nested(l.opener, [][]string{{"a", "zero", "bb"}, {"c", "absent", "d"}, {}, {"eee"}})
	if sum != 1+2+6+1+6+3+6 || name != "" {
		t.Errorf("got %d, %q", sum, name)
	}
	l.check("leader", "a", "zero", "bb", "leader", "c", "leader", "leader", "eee")
	if sum, name := Nested(l.opener, [][]string{{"a"}, {"bb", "bad", "c"}, {"d"}}); sum != 9 || name != "" {
		t.Errorf("got %d, %q", sum, name)
	}
	l.check("leader", "a", "leader", "bb", "bad")
	if sum, name := Nested(l.opener, [][]string{{"a"}, {"negative", "c"}}); sum != 7 || name != "negative" {
		t.Errorf("got %d, %q", sum, name)
	}
	l.check("leader", "a", "leader", "negative")
}

func TestIterated(t *testing.T) {
	l := &log{t: t}
	for _, test := range []struct {
		names  string
		last   string
		failed bool
		opened string
	}{
		{"a b", "b", false, "a b"},
		{"a zero c", "a", false, "a zero"},
		{"a absent c", "a", true, "a"},
		{"a bad c", "", true, "a bad"},
	} {
		last, err := Iterated(l.opener, strings.SplitSeq(test.names, " "))
		if last != test.last || (err != nil) != test.failed {
			t.Errorf("%s: got %q, %v", test.names, last, err)
		}
		l.check(strings.Fields(test.opened)...)
	}
}

func TestSelected(t *testing.T) {
	l := &log{t: t}
	run := func(names ...string) int {
		c := make(chan string, len(names))
		for _, name := range names {
			c <- name
		}
		close(c)
		return Selected(l.opener, c, nil)
	}
	if sum := run("a", "absent", "bb"); sum != 3 {
		t.Errorf("got %d", sum)
	}
	l.check("a", "bb")
	if sum := run("a", "bad", "bb"); sum != -1 {
		t.Errorf("got %d", sum)
	}
	l.check("a", "bad")
	quit := make(chan struct{})
	close(quit)
	if sum := Selected(l.opener, nil, quit); sum != 0 {
		t.Errorf("got %d", sum)
	}
	l.check()
}

func TestSometimes(t *testing.T) {
	l := &log{t: t}
	shared := &thing{log: l, name: "shared"}
	if used := Sometimes(l.opener, []string{"a", "", "bb", ""}, shared); !slices.Equal(used, []int{1, 6, 2, 6}) {
		t.Errorf("got %v", used)
	}
	l.check("a", "bb")
	if used := Sometimes(l.opener, []string{"a", "bad", "b"}, shared); !slices.Equal(used, []int{1}) {
		t.Errorf("got %v", used)
	}
	l.check("a", "bad")
	if used := Sometimes(l.opener, []string{"a", "absent"}, shared); used != nil {
		t.Errorf("got %v", used)
	}
	l.check("a")
}

func TestLiteral(t *testing.T) {
	l := &log{t: t}
	if name, err := Literal(l.opener, []string{"ccc", "bb"}); name != "bb" || err != nil {
		t.Errorf("got %q, %v", name, err)
	}
	l.check("ccc", "bb", "ccc", "bb", "ccc", "bb")
	if name, err := Literal(l.opener, []string{"long name"}); name != "" || err != ErrBad {
		t.Errorf("got %q, %v", name, err)
	}
	l.check(slices.Repeat([]string{"long name"}, 5)...)
}

func TestForward(t *testing.T) {
	l := &log{t: t}
	if n, err := Forward(l.opener, []string{"absent", "bb", "c"}); n != 2 || err != nil {
		t.Errorf("got %d, %v", n, err)
	}
	l.check("bb")
	if n, err := Forward(l.opener, []string{"bad"}); n != 0 || err != ErrBad {
		t.Errorf("got %d, %v", n, err)
	}
	l.check("bad")
	if n, err := Forward(l.opener, nil); n != 0 || err != nil {
		t.Errorf("got %d, %v", n, err)
	}
	l.check()
	odd := func(name string) (Thing, error) {
		if name == "x" {
			return nil, ErrBad
		}
		return l.opener(name)
	}
	if n, err := Forward(odd, []string{"x"}); n != 0 || err != nil {
		t.Errorf("got %d, %v", n, err)
	}
	l.check("xx")
	if n, err := Forward(odd, []string{"x", "x"}); n != 2 || err != nil {
		t.Errorf("got %d, %v", n, err)
	}
	l.check("xx")
}
