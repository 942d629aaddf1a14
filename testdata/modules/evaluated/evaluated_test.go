package evaluated

import (
	"slices"
	"strings"
	"testing"
)

// Where cleanups wait for the function's end their lines come later than those of other iterations: the lines of each
// iteration are compared, in the order in which they come.
func linesOf(log *Log, name string) string {
	var own []string
	for _, line := range log.Lines {
		if strings.Contains(line, name) {
			own = append(own, line)
		}
	}
	return strings.Join(own, ", ")
}

func expect(t *testing.T, log *Log, name, want string) {
	t.Helper()
	if got := linesOf(log, name); got != want {
		t.Errorf("%s: %q, not %q", name, got, want)
	}
}

func TestOperands(t *testing.T) {
	log := new(Log)
	text, n := Operands(log, []string{"A", "", "C", "D"})
	if text != "C open" || n != 4 {
		t.Errorf("%q %d", text, n)
	}
	expect(t, log, "A", "close A")
	expect(t, log, "C", "close C")
	expect(t, log, "D", "")
}

func TestForwarded(t *testing.T) {
	log := new(Log)
	text, n := Forwarded(log, []string{"A", "BB", "C"})
	if text != "BB open" || n != 0 {
		t.Errorf("%q %d", text, n)
	}
	expect(t, log, "BB", "close BB")
}

func TestNamed(t *testing.T) {
	log := new(Log)
	text := Named(log, []string{"a", "b", "c"})
	if text = strings.TrimRight(text, "!"); text != "b open" {
		t.Errorf("%q", text)
	}
	if text := Named(log, []string{"x", "y"}); !strings.HasSuffix(text, "open!") && !strings.HasSuffix(text, "open!!") {
		t.Errorf("the deferred function did not see its result: %q", text)
	}
	if text := Named(log, nil); text != "" {
		t.Errorf("%q", text)
	}
}

func TestCopies(t *testing.T) {
	log := new(Log)
	Copies(log, 3)
	slices.Sort(log.Lines)
	want := "report 0, report 1, report 2, seal 5, seal 6, seal 7"
	if got := strings.Join(log.Lines, ", "); got != want {
		t.Errorf("%q, not %q", got, want)
	}
}

func TestArguments(t *testing.T) {
	log := new(Log)
	Arguments(log, []string{"X", "YY"})
	expect(t, log, "X", "at X+, X 1")
	expect(t, log, "YY", "at YY+, YY 2")
}

func TestReplaced(t *testing.T) {
	log := new(Log)
	Replaced(log, []string{"X", "Y"})
	expect(t, log, "X", "X' open, close X")
	expect(t, log, "Y", "Y' open, close Y")
}

func TestTraced(t *testing.T) {
	log := new(Log)
	Traced(log, []string{"P", "QQ"})
	expect(t, log, "P", "enter P, in P, leave P")
	expect(t, log, "QQ", "enter QQ, leave QQ")
}

func TestStacked(t *testing.T) {
	log := new(Log)
	if done := Stacked(log, []string{"U", "V", "W", "X"}); done != 1 {
		t.Errorf("%d", done)
	}
	expect(t, log, "U", "third U, close U2, close U1")
	expect(t, log, "V", "close V1")
	expect(t, log, "W", "close W2, close W1")
	expect(t, log, "X", "")
}

func TestHidden(t *testing.T) {
	log := new(Log)
	Hidden(log, []string{"F", "G"})
	expect(t, log, "F", "use F, close F")
	expect(t, log, "G", "close G")
}
